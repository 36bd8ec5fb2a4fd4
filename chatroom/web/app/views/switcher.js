/** The quick switcher: rooms, people and views by a part of their names; what the server finds is below. */
import { isGroup, partnerOf, directRoom } from '../../chatroom/index.js';
import { Avatar, RoomSign } from '../components/avatar.js';
import { Dialog, closeDialog, showDialog } from '../components/dialog.js';
import { Icon } from '../components/icon.js';
import { fits, fold } from '../fuzzy.js';
import { t } from '../i18n.js';
import { cx, html, useId, useLayoutEffect, useMemo, useRef, useSettled, useState, useView } from '../lib.js';
import { go, goToRoom, openRoom } from '../router.js';
import { recentRooms } from '../stores/recent.js';
import { client, me } from '../stores/session.js';
import { roomName } from './names.js';
import { NewGroup, NewRoom } from './lazy.js';
import { Badge } from './sidebar.js';

const SHOWN = 40;
const SHOWN_FROM_SERVER = 10;

/**
 * @typedef {object} Target
 * @property {string} key
 * @property {string} name
 * @property {string} [more] what else it is found by, and shown beside it
 * @property {any} sign
 * @property {any} [entry] of the inbox
 * @property {() => void} open
 */

/** @returns {Target[]} the rooms and people of the inbox, those opened last first */
function known() {
  const { rooms } = client().inbox.state;
  const recent = new Map(recentRooms.peek().map((room, index) => [room, index]));
  const rank = (/** @type {any} */ { room }) => recent.get(room) ?? recent.size;
  return [...rooms]
    .sort((one, other) => rank(one) - rank(other))
    .map((/** @type {any} */ entry) => {
      const { room } = entry;
      const partner = partnerOf(room, me());
      return {
        key: room,
        name: roomName(room, entry),
        more: partner ? `@${partner}` : isGroup(room) ? undefined : room,
        sign: html`<${RoomSign} kind=${isGroup(room) ? 'group' : entry.kind} with=${partner ?? undefined} visibility=${entry.visibility} />`,
        entry,
        open: () => goToRoom(room),
      };
    });
}

/** @returns {Target[]} */
function places() {
  const place = (/** @type {string} */ id, /** @type {string} */ icon, /** @type {() => void} */ open) => ({
    key: ` ${id}`,
    name: t(id),
    sign: html`<span class="room-sign small"><${Icon} name=${icon} /></span>`,
    open,
  });
  const isAdmin = client().connection.state.serverRole === 'admin';
  return [
    place('threads', 'thread', () => go({ view: 'threads' })),
    place('mentions', 'at', () => go({ view: 'mentions' })),
    place('browse-rooms', 'list', () => go({ view: 'directory' })),
    place('new-message', 'user', () => showDialog(NewGroup)),
    place('new-room', 'hash', () => showDialog(NewRoom)),
    place('edit-profile', 'user', () => go({ view: 'settings', tab: 'profile' })),
    place('notifications', 'bell', () => go({ view: 'settings', tab: 'notifications' })),
    place('appearance', 'sun', () => go({ view: 'settings', tab: 'appearance' })),
    place('devices', 'device', () => go({ view: 'settings', tab: 'devices' })),
    ...(isAdmin ? [place('administration', 'shield', () => go({ view: 'admin', tab: 'people' }))] : []),
  ];
}

/**
 * Returns the targets that fit, the best first; of equal ones in the given order.
 * @param {readonly Target[]} targets
 * @param {string} query folded
 */
function fitting(targets, query) {
  const scored = targets.map((target) => ({ target, score: Math.max(fits(query, fold(target.name)), target.more ? fits(query, fold(target.more)) - 0.5 : 0) }));
  const kept = scored.filter(({ score }) => score > 0).sort((one, other) => other.score - one.score);
  return kept.map(({ target }) => target);
}

/** @type {any} the list of an empty query */
const NOTHING = { state: { items: [] }, subscribe: () => () => {} };

/** Rooms and people that only the server knows. @param {string} query @param {ReadonlySet<string>} mine @returns {Target[]} */
function useFound(query, mine) {
  const settled = useSettled(query);
  const rooms = useView(useMemo(() => (settled ? client().directory(settled) : NOTHING), [settled])).items;
  const people = useView(useMemo(() => (settled ? client().users(settled) : NOTHING), [settled])).items;
  const others = rooms.filter((/** @type {any} */ { room, member }) => !member && !mine.has(room)).slice(0, SHOWN_FROM_SERVER);
  const strangers = people.filter((/** @type {any} */ { name }) => !mine.has(directRoom(me(), name))).slice(0, SHOWN_FROM_SERVER);
  // Until the server has answered, what it found before is shown as far as it fits, so that Enter opens nothing else.
  const wanted = fold(query);
  const targets = [
    ...strangers.map((/** @type {any} */ { name, displayName }) => ({
      key: `@${name}`,
      name: displayName,
      more: `@${name}`,
      sign: html`<${Avatar} name=${name} size="small" presence />`,
      open: () => goToRoom(directRoom(me(), name)),
    })),
    ...others.map((/** @type {any} */ { room, title, visibility }) => ({
      key: `#${room}`,
      name: title,
      more: t('not-joined'),
      sign: html`<${RoomSign} kind="room" visibility=${visibility} />`,
      open: () => goToRoom(room),
    })),
  ];
  return settled === query ? targets : targets.filter(({ key, name }) => fits(wanted, fold(name)) > 0 || fits(wanted, key) > 0);
}

export function Switcher() {
  const id = useId();
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const wanted = fold(query.trim().replace(/^[#@]/, ''));
  const mine = useMemo(known, []);
  const local = useMemo(() => {
    if (wanted) return fitting([...mine, ...places()], wanted).slice(0, SHOWN);
    return mine.filter(({ key }) => key !== openRoom.peek()).slice(0, SHOWN);
  }, [wanted]);
  const found = useFound(query.trim().replace(/^[#@]/, ''), useMemo(() => new Set(mine.map(({ key }) => key)), []));
  const shown = [...local, ...found];
  const active = Math.min(at, shown.length - 1);
  useLayoutEffect(() => list.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest' }), [active]);
  function choose(/** @type {Target} */ target) {
    closeDialog();
    target.open();
  }
  function key(/** @type {KeyboardEvent} */ event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) setAt((active + step + shown.length) % shown.length);
    else if (event.key === 'Enter' && shown[active]) choose(shown[active]);
    else return;
    event.preventDefault();
  }
  return html`
    <${Dialog} title=${t('go-to')} bare>
      <div class="switcher-head">
        <${Icon} name="search" />
        <input
          role="combobox"
          aria-label=${t('go-to')}
          aria-expanded="true"
          aria-controls=${id}
          aria-autocomplete="list"
          aria-activedescendant=${shown.length ? `${id}-${active}` : undefined}
          placeholder=${t('go-to-hint')}
          autocomplete="off"
          spellcheck="false"
          autofocus
          value=${query}
          onInput=${(/** @type {any} */ event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown=${key}
        />
        <kbd>Esc</kbd>
      </div>
      <ul ref=${list} id=${id} class="list plain switcher-list" role="listbox" aria-label=${t('go-to')}>
        ${shown.map(
          (target, index) => html`
            <li
              key=${target.key}
              id=${`${id}-${index}`}
              role="option"
              aria-selected=${String(index === active)}
              class=${cx('line', index === active && 'active', target.entry?.unread > 0 && !target.entry.muted && 'unread')}
              onClick=${() => choose(target)}
            >
              ${target.sign}<span class="truncate" dir="auto">${target.name}</span>
              <span class="meta truncate spread">${target.more !== target.name && target.more}</span>
              ${target.entry && html`<${Badge} ...${target.entry} />`}
            </li>
          `,
        )}
      </ul>
      ${!shown.length && html`<p class="meta switcher-empty" role="status">${t('nothing-found')}</p>`}
    <//>
  `;
}
