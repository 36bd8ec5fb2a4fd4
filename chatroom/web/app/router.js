/**
 * The address: a hash such as `#/rooms/general/17`, so that the page works below any path. Everything that the system's back
 * should undo (the room, the panel, a view) is part of it.
 */
import { partnerOf } from '../chatroom/index.js';
import { computed, signal } from './lib.js';

/**
 * @typedef {object} Route
 * @property {'home' | 'room' | 'threads' | 'mentions' | 'search' | 'directory' | 'settings' | 'admin' | 'you'} view
 * @property {string} [room]
 * @property {number} [seq] the message to jump to
 * @property {Panel} [panel]
 * @property {string} [tab] of settings and admin
 * @property {string} [query] of a search
 */
/**
 * @typedef {object} Panel
 * @property {'thread' | 'members' | 'pins' | 'search' | 'info' | 'person'} name
 * @property {number} [root] of a thread
 * @property {number} [seq] in the thread
 * @property {string} [person]
 */

const PANELS = new Set(['members', 'pins', 'search', 'info']);
const VIEWS = new Set(['threads', 'mentions', 'directory', 'you']);

/**
 * @param {string} hash
 * @returns {Route}
 */
export function parseRoute(hash) {
  const parts = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decode);
  const [first, second = '', ...rest] = parts;
  if (first === 'rooms' && second) return { view: 'room', room: second, ...parseInRoom(rest) };
  if (first === 'search') return { view: 'search', query: second };
  if (first === 'settings' || first === 'admin') return { view: first, tab: second };
  if (VIEWS.has(first)) return { view: /** @type {Route['view']} */ (first) };
  return { view: 'home' };
}

/**
 * @param {string[]} rest
 * @returns {{seq?: number, panel?: Panel}}
 */
function parseInRoom([name = '', what = '']) {
  if (/^\d+$/.test(name)) return { seq: Number(name) };
  if (/^t\d+$/.test(name)) {
    return { panel: { name: 'thread', root: Number(name.slice(1)), ...(/^\d+$/.test(what) && { seq: Number(what) }) } };
  }
  if (name === 'person' && what) return { panel: { name, person: what } };
  if (PANELS.has(name)) return { panel: /** @type {Panel} */ ({ name }) };
  return {};
}

const decode = (/** @type {string} */ part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/**
 * Returns the hash of a route.
 * @param {Route} route
 */
export function href(route) {
  const { view, room, seq, panel, tab, query } = route;
  /** @type {(string | number | undefined)[]} */
  let parts = view === 'home' ? [] : [view, tab ?? query];
  if (view === 'room') {
    parts = ['rooms', room, seq];
    if (panel?.name === 'thread') parts.push(`t${panel.root}`, panel.seq);
    else if (panel) parts.push(panel.name, panel.person);
  }
  const given = parts.filter((part) => part !== undefined && part !== '');
  return `#/${given.map((part) => encodeURIComponent(String(part)).replaceAll('%40', '@').replaceAll('%3A', ':')).join('/')}`;
}

/** @type {import('./lib.js').Signal<Route>} */
export const route = signal(parseRoute(location.hash));
addEventListener('hashchange', () => (route.value = parseRoute(location.hash)));

/** The open room's name, or null. */
export const openRoom = computed(() => route.value.room ?? null);
/** The open panel, or null. */
export const openPanel = computed(() => route.value.panel ?? null);

/**
 * @param {Route} to
 * @param {{replace?: boolean}} [options]
 */
export function go(to, { replace = false } = {}) {
  const hash = href(to);
  if (hash === location.hash) {
    route.value = { ...to }; // a second jump to the same message
    return;
  }
  if (replace) {
    history.replaceState(null, '', hash);
    route.value = to;
  } else {
    location.hash = hash;
  }
}

/** @param {string} room @param {number} [seq] */
export const goToRoom = (room, seq) => go({ view: 'room', room, seq });

/** Opens a panel beside the open room, or closes it with null. @param {Panel | null} panel */
export function goToPanel(panel) {
  const { room } = route.value;
  if (room) go({ view: 'room', room, ...(panel && { panel }) });
}

/**
 * Opens a message where it is shown: in its room, or in its thread.
 * @param {{room: string, seq: number, thread?: number}} message
 */
export function goToMessage({ room, seq, thread }) {
  if (thread === undefined) goToRoom(room, seq);
  else go({ view: 'room', room, panel: { name: 'thread', root: thread, seq } });
}

/** Returns the code of an invitation in the page's address. */
export const invitationCode = () => new URLSearchParams(location.search).get('invitation') ?? undefined;

/** Whether another application has shared something with this one. */
export const isShared = () => location.hash === '#/share';

/** Takes the code out of the address. */
export const forgetInvitation = () => history.replaceState(null, '', location.pathname + location.hash);

/** Whether a room is a direct one. @param {string} room @param {string} me */
export const isDirect = (room, me) => partnerOf(room, me) !== null;
