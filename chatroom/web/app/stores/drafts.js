/** Texts being written, by room and thread. Kept on this device until they are sent; the log-out removes them. */
import { signal } from '../lib.js';

const PREFIX = 'chatroom.draft.';

/** Names of rooms with a draft, for the sidebar. @type {import('../lib.js').Signal<ReadonlySet<string>>} */
export const roomsWithDrafts = signal(new Set());

/** @typedef {{text: string, replyTo?: number}} Draft */

/** @param {string} account @param {string} place a room's name, and in a thread ` ` and its root */
const keyOf = (account, place) => `${PREFIX}${account} ${place}`;

/**
 * @param {string} account
 * @param {string} place
 * @returns {Draft}
 */
export function draftOf(account, place) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(account, place)) ?? 'null') ?? { text: '' };
  } catch {
    return { text: '' };
  }
}

/**
 * @param {string} account
 * @param {string} place
 * @param {Draft} draft
 */
export function keepDraft(account, place, draft) {
  const empty = !draft.text.trim() && draft.replyTo === undefined;
  try {
    if (empty) localStorage.removeItem(keyOf(account, place));
    else localStorage.setItem(keyOf(account, place), JSON.stringify(draft));
  } catch {
    // The browser keeps nothing here. The text stays in the composer.
  }
  const has = roomsWithDrafts.value.has(place);
  if (has === empty) {
    const rooms = new Set(roomsWithDrafts.value);
    if (empty) rooms.delete(place);
    else rooms.add(place);
    roomsWithDrafts.value = rooms;
  }
}

/** Reads which rooms have drafts. @param {string} account */
export function openDrafts(account) {
  const start = keyOf(account, '');
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(start));
  roomsWithDrafts.value = new Set(keys.map((key) => key.slice(start.length)).filter((place) => !place.includes(' ')));
}

/** Removes the drafts of all accounts. */
export function forgetDrafts() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  roomsWithDrafts.value = new Set();
}
