/** A field for a password, with a button that shows what is typed. */
import { t } from '../i18n.js';
import { cx, html, useId, useState } from '../lib.js';
import { IconButton } from './button.js';

/** @param {{label: string, hint?: string, error?: string | null, value: string, onInput: (value: string) => void, [other: string]: any}} props */
export function Password({ label, hint, error, value, onInput, ...rest }) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const below = error ?? hint;
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <div class="password">
        <input
          id=${id}
          class=${cx('input', error && 'wrong')}
          type=${shown ? 'text' : 'password'}
          maxlength="128"
          autocapitalize="none"
          spellcheck="false"
          value=${value}
          aria-describedby=${below ? `${id}-below` : undefined}
          aria-invalid=${error ? 'true' : undefined}
          onInput=${(/** @type {any} */ event) => onInput(event.target.value)}
          ...${rest}
        />
        <${IconButton} icon="eye" label=${t('show-password')} pressed=${shown} onPress=${() => setShown(!shown)} />
      </div>
      ${below && html`<p id=${`${id}-below`} class=${cx('meta', error && 'error')} role=${error ? 'alert' : undefined}>${below}</p>`}
    </div>
  `;
}

/** Returns words for a refused new password; null if the refusal is about something else. @param {any} error */
export function passwordError(error) {
  if (error?.reason !== 'invalid_params' || error.field !== 'password') return null;
  if (error.message.includes('common')) return t('password-common');
  return t(error.message.includes('name') ? 'password-of-name' : 'password-length');
}
