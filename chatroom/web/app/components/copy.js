/** A text to copy, such as a link, with a button that copies it. */
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { toast } from '../stores/toasts.js';
import { Button } from './button.js';

/**
 * @param {string} text
 * @param {string} words that say it
 */
export async function copy(text, words) {
  await navigator.clipboard.writeText(text);
  toast(words);
}

/** @param {{label: string, text: string}} props */
export const CopyField = ({ label, text }) => html`
  <div class="copy-field">
    <input class="input" readonly aria-label=${label} value=${text} onFocus=${(/** @type {any} */ event) => event.target.select()} />
    <${Button} kind="primary" icon="copy" onPress=${() => copy(text, t('copied'))}>${t('copy')}<//>
  </div>
`;
