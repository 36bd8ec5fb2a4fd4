/** What may be meant by a word that begins with @, #, : or /. */
import { isGroup, partnerOf } from '../../chatroom/index.js';
import { t } from '../i18n.js';
import { commandsOf } from './commands.js';
import { findEmoji, loadEmoji } from './emoji.js';
import { client, me } from './session.js';

const MAX_SHOWN = 8;
/** So many of the members and rooms that fit are asked for. */
const MAX_ASKED = 20;

/** @typedef {import('../views/completion.js').Word} Word */
/** @typedef {{key: string, insert: string, text: string, hint?: string, person?: string, icon?: string, emoji?: string}} Suggestion */

/** Returns a text without accents and case. @param {string} text */
const folded = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Returns whether a word of a name begins with the query. @param {string} query folded */
const begins = (query) => (/** @type {string} */ name) => {
  const whole = folded(name);
  return whole.startsWith(query) || whole.split(/[\s._-]+/).some((word) => word.startsWith(query));
};

/**
 * Returns what fits a word and is known on this page.
 * @param {Word} word
 * @param {string} room
 * @returns {Suggestion[]}
 */
export function suggestions({ kind, query }, room) {
  if (kind === '@') return people(query, room);
  if (kind === '#') return rooms(query);
  if (kind === '/') return commands(query, room);
  loadEmoji();
  return findEmoji(query, MAX_SHOWN).map(({ emoji, shortcodes, annotation }) => {
    const code = shortcodes?.[0];
    return { key: emoji, insert: emoji, text: code ? `:${code}:` : annotation, hint: code && annotation, emoji };
  });
}

/** @param {string} query @param {string} room */
function people(query, room) {
  const { people: profiles, inbox } = client();
  const partner = partnerOf(room, me());
  const fits = begins(folded(query));
  const met = partner ? [partner] : [...new Set([...client().room(room).state.people, ...(asked.get(`@${room} ${query}`) ?? [])])];
  const names = met.filter((name) => name !== me() && (fits(name) || fits(profiles.name(name))));
  const spoke = new Map(client().room(room).state.messages.map(({ sender }, index) => [sender, index]));
  const writes = inbox.state.rooms; // who writes to me is meant more often than others
  const rank = (/** @type {string} */ name) => (spoke.get(name) ?? -1) + (writes.some((entry) => entry.with?.name === name) ? 0.5 : 0);
  names.sort((one, other) => rank(other) - rank(one) || profiles.name(one).localeCompare(profiles.name(other)));
  const found = names.map((name) => ({ key: name, insert: `@${name}`, text: profiles.name(name), hint: `@${name}`, person: name }));
  const everyone = { key: 'room', insert: '@room', text: '@room', hint: t('mention-everyone'), icon: 'group' };
  const withEveryone = !partner && ['room', 'everyone', 'all', 'here', 'channel'].some((name) => query && name.startsWith(folded(query)));
  return [...found.slice(0, MAX_SHOWN - Number(withEveryone)), ...(withEveryone ? [everyone] : [])];
}

/** @param {string} query */
function rooms(query) {
  const fits = begins(folded(query));
  const mine = client().inbox.state.rooms.filter(({ room, kind }) => kind === 'room' && !isGroup(room));
  const all = new Map([...(asked.get(`# ${query}`) ?? []), ...mine].map((entry) => [entry.room, entry]));
  const found = [...all.values()].filter(({ room, title }) => fits(room) || fits(title ?? ''));
  return found.slice(0, MAX_SHOWN).map(({ room, title }) => ({ key: room, insert: `#${room}`, text: title || room, hint: title && title !== room ? `#${room}` : '', icon: 'hash' }));
}

/** @param {string} query @param {string} room */
const commands = (query, room) =>
  commandsOf(room)
    .filter(({ name }) => name.startsWith(query))
    .map(({ name }) => ({ key: name, insert: `/${name}`, text: t(`command-${name}.usage`), hint: t(`command-${name}`), icon: 'code' }));

/** What the server found, by sign, room and query. @type {Map<string, any[]>} */
const asked = new Map();
const MAX_KEPT = 50;

/**
 * Asks the server for members or rooms that are not known here. Returns whether there may be more suggestions then.
 * @param {Word} word
 * @param {string} room
 */
export async function askFor({ kind, query }, room) {
  if (!query || (kind !== '@' && kind !== '#') || (kind === '@' && partnerOf(room, me()))) return false;
  const key = kind === '@' ? `@${room} ${query}` : `# ${query}`;
  if (asked.has(key)) return false;
  const { calls, people: profiles } = client();
  try {
    if (kind === '@') {
      const { members } = await calls.listMembers({ room, query, limit: MAX_ASKED });
      for (const { user, displayName, lookalike } of members) profiles.note({ name: user, displayName, ...(lookalike && { lookalike }) });
      asked.set(key, members.map(({ user }) => user));
    } else {
      asked.set(key, [...(await calls.listRooms({ query, limit: MAX_ASKED })).rooms]);
    }
  } catch {
    return false; // what is known here is shown
  }
  if (asked.size > MAX_KEPT) asked.delete(/** @type {string} */ (asked.keys().next().value));
  return true;
}
