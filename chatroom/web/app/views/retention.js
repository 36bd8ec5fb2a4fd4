/** How long a room keeps messages: for admins of the server. */
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { Field } from '../components/field.js';
import { t } from '../i18n.js';
import { html, useEffect, useState, useView } from '../lib.js';
import { client } from '../stores/session.js';
import { errorText, failed, toast } from '../stores/toasts.js';

/** @typedef {{days?: number, messages?: number, serverDays?: number, serverMessages?: number}} Kept */

/** @param {string} room */
const addressOf = (room) => `/api/admin/rooms/${encodeURIComponent(room)}/retention`;

/** @param {{room: string}} props */
export function Retention({ room }) {
  const isAdmin = useView(client().connection, ({ serverRole }) => serverRole === 'admin');
  const [kept, setKept] = useState(/** @type {Kept | null} */ (null));
  useEffect(() => {
    if (isAdmin) client().http.json('GET', addressOf(room)).then(setKept, failed);
  }, [room, isAdmin]);
  return isAdmin && kept && html`<${Form} room=${room} kept=${kept} />`;
}

/** @param {{room: string, kept: Kept}} props */
function Form({ room, kept }) {
  const [days, setDays] = useState(String(kept.days ?? ''));
  const [messages, setMessages] = useState(String(kept.messages ?? ''));
  const { busy, error, run: save } = useAction(async () => {
    const own = { days: days === '' ? null : Number(days), messages: messages === '' ? null : Number(messages) };
    await client().http.json('PUT', addressOf(room), own);
    toast(t('saved'));
  });
  const number = { type: 'number', min: '1', inputmode: 'numeric' };
  return html`
    <form class="panel-section" aria-label=${t('retention')} onSubmit=${save}>
      <h3>${t('retention')}</h3>
      <p class="meta">${t('retention-hint')}</p>
      <${Field} label=${t('keep-days')} value=${days} onInput=${setDays} placeholder=${kept.serverDays ?? t('unlimited')} ...${number} />
      <${Field} label=${t('keep-messages')} value=${messages} onInput=${setMessages} placeholder=${kept.serverMessages ?? t('unlimited')} ...${number} />
      ${error && html`<p class="error" role="alert">${errorText(error)}</p>`}
      <div class="form-foot"><${Button} kind="primary" type="submit" busy=${busy}>${t('save')}<//></div>
    </form>
  `;
}
