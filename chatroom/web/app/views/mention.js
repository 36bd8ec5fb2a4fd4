/** A name in a text, as a chip that opens the profile. */
import { t } from '../i18n.js';
import { cx, html, useView } from '../lib.js';
import { goToPanel } from '../router.js';
import { client, me } from '../stores/session.js';

/** @param {{name: string}} props */
export function Mention({ name }) {
  const { people } = client();
  useView(people);
  if (name === 'room') return html`<span class="mention me">@${t('everyone')}</span>`;
  const open = () => goToPanel({ name: 'person', person: name });
  return html`<button type="button" class=${cx('mention', name === me() && 'me')} title=${`@${name}`} onClick=${open}>@${people.name(name)}</button>`;
}
