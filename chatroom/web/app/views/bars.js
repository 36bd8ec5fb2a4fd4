/** Above all views: the connection, why the server is read-only, and its announcement. */
import { Button, IconButton } from '../components/button.js';
import { t } from '../i18n.js';
import { html, useAlarm, useEffect, useState, useView } from '../lib.js';
import { announcementAt, dismiss, server } from '../stores/server.js';
import { client } from '../stores/session.js';

/** A connection that is back within this time was no interruption to speak of. */
const PATIENCE_MS = 1500;

export const Bars = () => html`
  <div class="bars">
    <${ConnectionBar} />
    <${ReadOnly} />
    <${Announcement} />
  </div>
`;

/** Tells that there is no connection, and that what is written is kept. */
function ConnectionBar() {
  const { connection, outbox } = client();
  const { status } = useView(connection);
  const { pending } = useView(outbox);
  const [late, setLate] = useState(false);
  const away = status !== 'connected';
  useEffect(() => {
    if (!away) return setLate(false);
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [away]);
  if (!away || !late) return null;
  return html`
    <div class="bar connection-bar" role="status">
      <span>${pending.length ? t('offline-pending', { count: pending.length }) : t('offline')}</span>
      <${Button} kind="quiet" onPress=${() => client().reconnect()}>${t('reconnect')}<//>
    </div>
  `;
}

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
