/** The place to write in: who types there, and the composer or why nobody can write. */
import { listed, shortDate, t, timeOfDay, dayStart } from '../i18n.js';
import { html, still, useAlarm, useView } from '../lib.js';
import { server } from '../stores/server.js';
import { client } from '../stores/session.js';
import { Composer } from './composer.js';

/** @param {number} time */
const at = (time) => (dayStart(time) === dayStart(Date.now()) ? timeOfDay(time) : `${shortDate(time)}, ${timeOfDay(time)}`);

/** @param {any} info of the room @returns {string | null} why I cannot write there */
function reasonOf(info) {
  if (!info) return null;
  const { archived, posting, role, muted } = info;
  if (server.value.readOnly) return t('read-only');
  if (archived) return t('archived');
  if (posting === 'moderators' && role === 'member') return t('moderators-post');
  if (!muted || (muted.until && muted.until <= client().serverTime())) return null;
  const words = muted.until ? t('you-are-muted-until', { time: at(muted.until) }) : t('you-are-muted');
  return muted.reason ? `${words} ${t('reason-is', { reason: muted.reason })}` : words;
}

/**
 * @param {object} props
 * @param {any} props.view of the room or thread
 * @param {string} props.room
 * @param {string} props.place of the draft
 * @param {string} props.label of the field
 */
function Place({ view, room, place, label }) {
  const info = useView(client().room(room), (state) => state.info);
  useAlarm(info?.muted?.until, () => client().serverTime());
  const reason = reasonOf(info);
  return html`
    <${Typing} view=${view} />
    ${reason
      ? html`<p class="composer closed meta" role="status">${reason}</p>`
      : html`<${Composer} key=${place} view=${view} room=${room} place=${place} label=${label} />`}
  `;
}

/** @param {{view: any}} props */
function Typing({ view }) {
  const names = useView(view, ({ typing }) => typing);
  const { people } = client();
  const known = useView(people, () => listed(names.slice(0, 3).map((/** @type {string} */ name) => people.name(name))));
  return html`<div class="typing meta" aria-live="off">${names.length > 0 && t('typing', { names: known, count: names.length })}</div>`;
}

export const Writing = still(Place);
