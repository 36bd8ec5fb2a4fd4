/** What admins and moderators have done, the newest first, with filters. */
import { Choice, Field } from '../components/field.js';
import { Icon } from '../components/icon.js';
import { PagedList } from '../components/list.js';
import { dateAndTime, t, when } from '../i18n.js';
import { html, useEffect, useMemo, useSettled, useState, useView } from '../lib.js';
import { client } from '../stores/session.js';
import { deviceName } from './log-in-line.js';

const ACTS = [
  ...['removeMember', 'ban', 'unban', 'mute', 'unmute', 'setRole', 'deleteMessage', 'deleteMessagesOf', 'setRoom', 'deleteRoom', 'enterRoom'],
  ...['becomeAdmin', 'setServer', 'announce', 'setServerRole', 'disableAccount', 'enableAccount', 'eraseAccount', 'renameAccount', 'resetPassword', 'endLogIns', 'revokeInvitation', 'setRetention', 'prune'],
];

/** Returns the id of the text of an act. @param {string} act */
const idOf = (act) => `audit-${act.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Returns a name as people type it in the form of calls. @param {string} typed */
const nameIn = (typed) => typed.trim().replace(/^@/, '').toLowerCase();

export function Audit() {
  const [room, setRoom] = useState('');
  const [by, setBy] = useState('');
  const [user, setUser] = useState('');
  const [act, setAct] = useState('');
  const [since, setSince] = useState('');
  const wanted = { room: room.trim(), by: nameIn(by), user: nameIn(user), act, since: since && new Date(`${since}T00:00`).getTime() };
  const settled = useSettled(JSON.stringify(Object.fromEntries(Object.entries(wanted).filter(([, value]) => value))), 300);
  const view = useMemo(() => client().list('listAudit', JSON.parse(settled)), [settled]);
  const acts = [['', t('all-acts')], ...ACTS.map((id) => [id, t(`${idOf(id)}.title`)])];
  const plain = { autocapitalize: 'none', spellcheck: 'false', type: 'search' };
  return html`
    <div class="fields">
      <${Field} label=${t('room')} value=${room} onInput=${setRoom} ...${plain} />
      <${Field} label=${t('act-by')} value=${by} onInput=${setBy} ...${plain} />
      <${Field} label=${t('act-on')} value=${user} onInput=${setUser} ...${plain} />
      <${Choice} label=${t('act')} value=${act} options=${acts} onChange=${setAct} />
      <${Field} label=${t('act-since')} value=${since} onInput=${setSince} type="date" />
    </div>
    <${PagedList} view=${view} label=${t('admin-audit')} keyOf=${(/** @type {any} */ { id }) => id} row=${entryRow} />
  `;
}

/** @param {{entry: import('../../chatroom/types.js').AuditEntry}} props */
function Entry({ entry }) {
  const { people } = client();
  const { timestamp, act, by, room, user, details = {} } = entry;
  useEffect(() => people.want([by, user].filter((name) => name !== undefined)), [by, user]);
  const nameOf = (/** @type {string | undefined} */ name) => (name === undefined ? '' : `${people.name(name)} (@${name})`);
  useView(people, () => nameOf(by) + nameOf(user));
  // Both the end of one log-in, which has a label, and of all are this act.
  const id = act === 'endLogIns' && details.label !== undefined ? 'audit-end-log-in' : idOf(act);
  const words = t(id, { by: by === undefined ? t('operator-acts') : nameOf(by), user: nameOf(user), role: details.role ? t(`role-${details.role}`) : '' });
  const more = [room && t('in-room', { room }), ...detailsOf(details)].filter(Boolean).join(' · ');
  return html`
    <div class="line tall" data-item>
      <${Icon} name="shield" />
      <span class="spread line-text">
        <span dir="auto">${words}</span>
        <span class="meta" dir="auto">${more}</span>
      </span>
      <time class="meta" datetime=${new Date(timestamp).toISOString()} title=${dateAndTime(timestamp)}>${when(timestamp)}</time>
    </div>
  `;
}

const entryRow = (/** @type {any} */ entry) => html`<${Entry} entry=${entry} />`;

/** @param {Record<string, any>} details @returns {string[]} */
function detailsOf({ until, reason, role, was, seq, count, label, ...settings }) {
  return [
    label !== undefined && deviceName(label),
    reason,
    until && t('until-time', { time: dateAndTime(until) }),
    was && role && t('was-before', { role: t(`role-${was}`) }),
    seq !== undefined && t('message-number', { seq }),
    count !== undefined && t('messages-number', { count }),
    ...Object.entries(settings).map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`),
  ].filter((part) => typeof part === 'string' && part !== '');
}
