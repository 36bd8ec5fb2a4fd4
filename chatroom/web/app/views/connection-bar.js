/** Tells that there is no connection, and that what is written is kept. */
import { Button } from '../components/button.js';
import { t } from '../i18n.js';
import { html, useEffect, useState, useView } from '../lib.js';
import { client } from '../stores/session.js';

/** A connection that is back within this time was no interruption to speak of. */
const PATIENCE_MS = 1500;

export function ConnectionBar() {
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
