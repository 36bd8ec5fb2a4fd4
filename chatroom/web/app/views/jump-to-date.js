/** Opens a room at a day. */
import { Button } from '../components/button.js';
import { Dialog, closeDialog } from '../components/dialog.js';
import { Field } from '../components/field.js';
import { dayStart, t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { startOf } from '../stores/search.js';
import { client } from '../stores/session.js';

const DAY_MS = 86_400_000;

/** Returns a day as fields of dates have it. @param {number} timestamp */
const asDate = (timestamp) => {
  const date = new Date(timestamp);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
};

/** @param {{room: string}} props */
export function JumpToDate({ room }) {
  const today = asDate(Date.now());
  const [date, setDate] = useState(today);
  async function jump(/** @type {number} */ timestamp) {
    closeDialog(); // the focus returns to the opener, before it goes to the message
    await client().room(room).jumpTo({ timestamp });
  }
  const near = [
    ['today', dayStart(Date.now())],
    ['yesterday', dayStart(Date.now() - DAY_MS)],
    ['last-week', dayStart(Date.now() - 7 * DAY_MS)],
    ['last-month', dayStart(Date.now() - 30 * DAY_MS)],
    ['beginning', 0],
  ];
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="primary" type="submit" disabled=${!date} onPress=${() => (date ? jump(startOf(date)) : undefined)}>${t('jump')}<//>
  `;
  return html`
    <${Dialog} title=${t('jump-to-date')} footer=${footer} onSubmit=${() => {}}>
      <div class="form-foot">${near.map(([id, time]) => html`<${Button} key=${id} onPress=${() => jump(/** @type {number} */ (time))}>${t(/** @type {string} */ (id))}<//>`)}</div>
      <${Field} label=${t('date')} hint=${t('jump-to-date-hint')} type="date" max=${today} value=${date} onInput=${setDate} autofocus />
    <//>
  `;
}
