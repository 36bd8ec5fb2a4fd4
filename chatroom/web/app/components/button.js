/** Buttons: primary, plain, quiet and danger; icon buttons; links that look like buttons. */
import { cx, html, useState } from '../lib.js';
import { failed } from '../stores/toasts.js';
import { Icon } from './icon.js';
import { Spinner } from './spinner.js';

/**
 * A button. While the promise of `onPress` is pending it is busy; a rejection is shown as a toast.
 * @param {object} props
 * @param {any} [props.children]
 * @param {'primary' | 'plain' | 'quiet' | 'danger'} [props.kind]
 * @param {string} [props.icon]
 * @param {string} [props.label] for icon buttons: what the button does
 * @param {boolean} [props.disabled]
 * @param {boolean} [props.busy]
 * @param {boolean} [props.pressed]
 * @param {'button' | 'submit'} [props.type]
 * @param {(event: MouseEvent) => unknown} [props.onPress]
 * @param {string} [props.class]
 */
export function Button({ children, kind = 'plain', icon, label, disabled, busy, pressed, type = 'button', onPress, ...rest }) {
  const [waiting, setWaiting] = useState(false);
  const inProgress = busy || waiting;
  async function press(/** @type {MouseEvent} */ event) {
    const result = onPress?.(event);
    if (!(result instanceof Promise)) return;
    setWaiting(true);
    await result.catch(failed);
    setWaiting(false);
  }
  return html`
    <button
      ...${rest}
      type=${type}
      class=${cx('button', kind, !children && 'square', rest.class)}
      disabled=${disabled || inProgress}
      aria-busy=${inProgress ? 'true' : undefined}
      aria-pressed=${pressed === undefined ? undefined : String(pressed)}
      aria-label=${/** @type {any} */ (rest)['aria-label'] ?? (children ? undefined : label)}
      title=${label}
      onClick=${press}
    >
      ${inProgress ? html`<${Spinner} />` : icon && html`<${Icon} name=${icon} />`} ${children && html`<span>${children}</span>`}
    </button>
  `;
}

/**
 * A square button with an icon.
 * @param {{icon: string, label: string, onPress?: (event: MouseEvent) => unknown, [other: string]: any}} props
 */
export const IconButton = (props) => html`<${Button} kind="quiet" ...${props} />`;
