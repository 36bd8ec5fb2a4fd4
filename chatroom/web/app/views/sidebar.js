/** The rooms and people of the inbox: what is unread first, then rooms, then direct messages. */
import { Avatar, RoomSign } from '../components/avatar.js';
import { IconButton } from '../components/button.js';
import { showDialog } from '../components/dialog.js';
import { Icon } from '../components/icon.js';
import { isGroup } from '../../chatroom/index.js';
import { t } from '../i18n.js';
import { cx, html, still, useRef, useView } from '../lib.js';
import { href, openRoom, route } from '../router.js';
import { roomsWithDrafts } from '../stores/drafts.js';
import { fold, folded, heldPart, isPhone, isPressed } from '../stores/layout.js';
import { server } from '../stores/server.js';
import { client, me } from '../stores/session.js';
import { useUnreadMarks } from '../stores/reading.js';
import { StepsOnPhone } from './lazy.js';
import { roomsMenu, serverMenu, youMenu } from './menus.js';
import { roomName } from './names.js';
import { Switcher } from './switcher.js';

/** @typedef {import('../../chatroom/types.js').InboxEntry} Entry */

/**
 * Returns the keys in the given order, or in the order of the last call while something holds it, so that nothing
 * moves below the pointer.
 * @param {readonly string[]} keys
 * @param {boolean} held
 */
export function useHeldOrder(keys, held) {
  const last = useRef(keys);
  if (held) {
    const known = new Set(keys);
    const before = new Set(last.current);
    last.current = [...last.current.filter((key) => known.has(key)), ...keys.filter((key) => !before.has(key))];
  } else {
    last.current = keys;
  }
  return last.current;
}

/** The shown fields of a room, as a string. Most messages change none of them. @param {any} entry */
const shownOf = ({ room, title, visibility, unread, mentions, muted }) => [room, title, visibility, unread, mentions, muted].join();

export function Sidebar() {
  const { inbox } = client();
  useView(inbox, ({ rooms }) => rooms.map(shownOf).join('\n'));
  const threads = useView(inbox, (state) => state.threads);
  const mentions = useView(inbox, (state) => state.mentions);
  const { rooms } = inbox.state;
  const marks = useUnreadMarks();
  // Names of people are all of their profiles that is shown here by itself.
  useView(client().people, () => rooms.map((entry) => roomName(entry.room, entry)).join('\n'));
  const held = heldPart.value === 'sidebar' || isPressed.value;
  const entries = new Map(rooms.map((/** @type {any} */ entry) => [entry.room, entry]));
  const order = useHeldOrder([...entries.keys()], held).map((room) => entries.get(room));
  // Unread rooms move to the top section only while nothing holds the order.
  const top = new Set(useHeldOrder(order.filter((entry) => isUnread(entry, marks)).map((entry) => entry.room), held));
  const sections = [
    { id: 'unread', entries: order.filter((entry) => top.has(entry.room)), any: true },
    { id: 'rooms', ...section(isNamed, top, order) },
    { id: 'direct', ...section((entry) => !isNamed(entry), top, order) },
  ];
  return html`
    <nav class="sidebar" aria-label=${t('sidebar')} data-hold="sidebar">
      <header class="sidebar-head">
        <button type="button" class="server-menu spread" onClick=${serverMenu}>
          <span class="strong truncate">${server.value.name}</span><${Icon} name="down" />
        </button>
        <${IconButton} icon="edit" label=${t('new-conversation')} onPress=${roomsMenu} />
      </header>
      <button type="button" class="switcher-field" onClick=${() => showDialog(Switcher)}>
        <${Icon} name="search" /><span class="spread">${t('go-to')}</span><kbd>Ctrl K</kbd>
      </button>
      <div class="sidebar-scroll">
        ${isPhone.value && html`<${StepsOnPhone} />`}
        <ul class="plain">
          <${Place} view="threads" icon="thread" unread=${threads.unread} mentions=${threads.mentions} />
          <${Place} view="mentions" icon="at" unread=${0} mentions=${mentions} />
        </ul>
        ${sections.map(({ id, entries: shown, any }) => (id === 'unread' && !shown.length ? null : html`<${Section} key=${id} id=${id} entries=${shown} any=${any} />`))}
      </div>
      <footer class="sidebar-foot"><${Myself} /></footer>
    </nav>
  `;
}

/**
 * Whether it asks to be read. A muted room does only if it was marked unread by hand; a mention in it is shown, but in its place.
 * @param {any} entry
 * @param {Readonly<Record<string, number>>} marks
 */
const isUnread = ({ room, unread, muted }, marks) => room in marks || (unread > 0 && !muted);

/** Whether it is a room that people find by its name. Groups are beside direct messages. @param {any} entry */
const isNamed = ({ kind, room }) => kind === 'room' && !isGroup(room);

/**
 * Returns the entries of one kind that are not in the top section, and whether there are any of that kind.
 * @param {(entry: any) => boolean} isOfKind
 * @param {ReadonlySet<string>} top
 * @param {readonly any[]} order
 */
function section(isOfKind, top, order) {
  const all = order.filter(isOfKind);
  const entries = all.filter((entry) => !top.has(entry.room));
  return { entries: isOfKind === isNamed ? entries.sort(byTitle) : entries, any: all.length > 0 };
}

const byTitle = (/** @type {any} */ one, /** @type {any} */ other) =>
  roomName(one.room, one).localeCompare(roomName(other.room, other));

/** @param {{view: 'threads' | 'mentions', icon: string, unread: number, mentions: number}} props */
function Place({ view, icon, unread, mentions }) {
  const here = route.value.view === view;
  return html`
    <li>
      <a class=${cx('entry', unread > 0 && 'unread', here && 'here')} href=${href({ view })} aria-current=${here ? 'page' : undefined}>
        <span class="room-sign small"><${Icon} name=${icon} /></span>
        <span class="truncate spread">${t(view)}</span>
        <${Badge} unread=${unread} mentions=${mentions} />
      </a>
    </li>
  `;
}

/** @param {{id: string, entries: readonly any[], any: boolean}} props `any`: whether it is empty only for now */
function Section({ id, entries, any }) {
  const closed = folded.value.includes(id);
  // A folded section still shows the open room, what is unread and mentions.
  const marks = useUnreadMarks();
  const shown = closed ? entries.filter((entry) => entry.room === openRoom.value || isUnread(entry, marks) || entry.mentions) : entries;
  return html`
    <section class="section" aria-label=${t(`section-${id}`)}>
      <h2 class="section-head">
        <button type="button" class="meta" aria-expanded=${String(!closed)} onClick=${() => fold(id)}>
          <${Icon} name=${closed ? 'forward' : 'down'} />${t(`section-${id}`)}
        </button>
        ${id === 'rooms' && html`<a class="button quiet square" href=${href({ view: 'directory' })} title=${t('browse-rooms')} aria-label=${t('browse-rooms')}><${Icon} name="plus" /></a>`}
      </h2>
      <ul class="plain">
        ${shown.map((entry) => html`<${RoomEntry} key=${entry.room} entry=${entry} />`)}
      </ul>
      ${!any && html`<p class="meta section-empty">${t(`section-${id}-empty`)}</p>`}
    </section>
  `;
}

/** @param {{entry: any}} props */
function Entry({ entry }) {
  const { room, unread, mentions, muted } = entry;
  useView(client().people, () => roomName(room, entry));
  const marks = useUnreadMarks();
  const here = openRoom.value === room;
  const draft = roomsWithDrafts.value.has(room) && !here;
  return html`
    <li>
      <a
        class=${cx('entry', isUnread(entry, marks) && 'unread', here && 'here')}
        href=${href({ view: 'room', room })}
        data-room=${room}
        aria-current=${here ? 'page' : undefined}
      >
        <${RoomSign} kind=${isGroup(room) ? 'group' : entry.kind} with=${entry.with?.name ?? entry.with} visibility=${entry.visibility} />
        <span class="truncate spread" dir="auto">${roomName(room, entry)}</span>
        ${draft && html`<span class="draft" title=${t('draft')}><${Icon} name="edit" label=${t('draft')} /></span>`}
        ${muted && html`<${Icon} name="bell-off" label=${t('muted')} />`}
        <${Badge} unread=${unread} mentions=${mentions} muted=${muted} marked=${room in marks} />
      </a>
    </li>
  `;
}

const RoomEntry = still(Entry);

/** @param {{unread: number, mentions: number, muted?: boolean, marked?: boolean}} props `marked`: as unread, by hand */
export function Badge({ unread, mentions, muted, marked }) {
  if (mentions) return html`<span class="badge mention" aria-label=${t('mention-count', { count: mentions })}>${mentions}</span>`;
  if (marked && (!unread || muted)) return html`<span class="badge dot" role="img" aria-label=${t('marked-unread')}></span>`;
  if (!unread || muted) return null;
  return html`<span class="badge" aria-label=${t('unread-count', { count: unread })}>${unread > 999 ? '999+' : unread}</span>`;
}

function Myself() {
  const { status } = useView(client().connection);
  const name = me();
  const shownName = useView(client().people, () => client().people.name(name));
  return html`
    <button type="button" class="myself spread" onClick=${youMenu}>
      <${Avatar} name=${name} />
      <span class="spread truncate">
        <span class="strong truncate">${shownName}</span>
        <span class="meta truncate"><bdi>${status === 'connected' ? `@${name}` : t('connecting')}</bdi></span>
      </span>
      <${Icon} name="settings" />
    </button>
  `;
}
