const NAME = '[a-z0-9][a-z0-9._-]{0,63}';
const DIRECT = new RegExp(`^@(${NAME}):(${NAME})$`);
const ROOM = new RegExp(`^(${NAME}|@${NAME}:${NAME}|~[0-9a-f]{24})$`);

/**
 * @param {string} one
 * @param {string} other
 * @returns {string} the name of the direct room of two accounts
 */
export const directRoom = (one, other) => `@${[one, other].sort().join(':')}`;

/**
 * @param {string} room
 * @param {string} me
 * @returns {string | null} the other person of a direct room of mine: me in that of notes to myself; null for other rooms
 */
export function partnerOf(room, me) {
  const pair = DIRECT.exec(room)?.slice(1);
  if (!pair?.includes(me) || pair[0] > pair[1]) return null;
  return pair[0] === me ? pair[1] : pair[0];
}

/** @param {string} room @returns {boolean} */
export const isGroup = (room) => room.startsWith('~');

/** @param {string} room @returns {boolean} */
export const isRoom = (room) => ROOM.test(room);

/**
 * Makes a link to a room, or to a message of it.
 * @param {string} room
 * @param {number | null} [seq]
 * @param {{ thread?: number, base?: string }} [options] `base`: the address of the page
 * @returns {string}
 */
export function permalink(room, seq = null, { thread, base = '/' } = {}) {
  const parts = ['rooms', encodeURIComponent(room), thread === undefined ? null : `t${thread}`, seq];
  return `${base}#/${parts.filter((part) => part !== null).join('/')}`;
}

/**
 * @param {string} url
 * @returns {{ room: string, seq: number | null, thread: number | null } | null} null: it is no such link
 */
export function parsePermalink(url) {
  const found = /#\/rooms\/([^/]+)(?:\/t(\d{1,16}))?(?:\/(\d{1,16}))?$/.exec(url);
  if (!found) return null;
  const [, encoded, thread, seq] = found;
  let room;
  try {
    room = decodeURIComponent(encoded);
  } catch {
    return null;
  }
  return isRoom(room) ? { room, seq: seq ? Number(seq) : null, thread: thread ? Number(thread) : null } : null;
}
