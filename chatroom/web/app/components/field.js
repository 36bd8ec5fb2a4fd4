/** Fields of forms: label above, hint below, an error in place of the hint. */
import { cx, html, useId } from '../lib.js';

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} [props.hint]
 * @param {string | null} [props.error]
 * @param {string} props.value
 * @param {(value: string) => void} props.onInput
 * @param {boolean} [props.multiline]
 */
export function Field({ label, hint, error, value, onInput, multiline, ...rest }) {
  const id = useId();
  const below = error ?? hint;
  const shared = {
    id,
    value,
    class: cx('input', error && 'wrong'),
    'aria-describedby': below ? `${id}-below` : undefined,
    'aria-invalid': error ? 'true' : undefined,
    onInput: (/** @type {any} */ event) => onInput(event.target.value),
    ...rest,
  };
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${multiline ? html`<textarea rows="3" ...${shared}></textarea>` : html`<input ...${shared} />`}
      ${below && html`<p id=${`${id}-below`} class=${cx('meta', error && 'error')} role=${error ? 'alert' : undefined}>${below}</p>`}
    </div>
  `;
}

/**
 * A choice of one.
 * @param {object} props
 * @param {string} props.label
 * @param {string} [props.hint]
 * @param {string} props.value
 * @param {readonly (readonly [string, string])[]} props.options values and their words
 * @param {(value: string) => void} props.onChange
 */
export function Choice({ label, hint, value, options, onChange, ...rest }) {
  const id = useId();
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <select id=${id} class="input" value=${value} onChange=${(/** @type {any} */ event) => onChange(event.target.value)} ...${rest}>
        ${options.map(([option, words]) => html`<option key=${option} value=${option} selected=${option === value}>${words}</option>`)}
      </select>
      ${hint && html`<p class="meta">${hint}</p>`}
    </div>
  `;
}

/**
 * A choice of yes or no.
 * @param {{label: string, hint?: string, checked: boolean, onChange: (checked: boolean) => void, disabled?: boolean}} props
 */
export function Check({ label, hint, checked, onChange, disabled }) {
  const id = useId();
  return html`
    <div class="field check">
      <input
        id=${id}
        type="checkbox"
        role="switch"
        checked=${checked}
        disabled=${disabled}
        onChange=${(/** @type {any} */ event) => onChange(event.target.checked)}
      />
      <label for=${id}>${label}${hint && html`<span class="meta">${hint}</span>`}</label>
    </div>
  `;
}
