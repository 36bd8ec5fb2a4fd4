/** Above all views: the connection, why the server is read-only, and its announcement. */
import { IconButton } from '../components/button.js';
import { t } from '../i18n.js';
import { html, useAlarm } from '../lib.js';
import { announcementAt, dismiss, server } from '../stores/server.js';
import { client } from '../stores/session.js';
import { ConnectionBar } from './connection-bar.js';

export const Bars = () => html`
  <div class="bars">
    <${ConnectionBar} />
    <${ReadOnly} />
    <${Announcement} />
  </div>
`;

function ReadOnly() {
  const { readOnly } = server.value;
  return readOnly && html`<div class="bar" role="status"><span dir="auto">${t('read-only-because', { reason: readOnly })}</span></div>`;
}

function Announcement() {
  const shown = announcementAt(client().serverTime());
  useAlarm(shown?.until, () => client().serverTime());
  if (!shown) return null;
  return html`
    <div class="bar announcement" role="status">
      <span dir="auto">${shown.text}</span>
      <${IconButton} icon="close" label=${t('dismiss')} onPress=${() => dismiss(shown.at)} />
    </div>
  `;
}
