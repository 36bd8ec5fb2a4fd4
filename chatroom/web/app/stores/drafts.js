/**
 * Unsent texts, by room and thread, and the message that is being edited. Text and answered message are kept on this device until
 * they are sent, and the log-out removes them; files are kept as long as the page is open.
 */
import { signal } from '../lib.js';

const PREFIX = 'chatroom.draft.';
const MAX_PREVIEW_CHARS = 200;

/** @typedef {{seq: number, sender: string, text: string}} Answered the answered message, as the composer shows it */
/** @typedef {{text: string, reply: Answered | null, files: readonly File[]}} Draft */

/** @type {Draft} */
const NOTHING = Object.freeze({ text: '', reply: null, files: Object.freeze([]) });

/** @type {Map<string, import('../lib.js').Signal<Draft>>} */
const drafts = new Map();

/** Names of rooms with a draft, for the sidebar. @type {import('../lib.js').Signal<ReadonlySet<string>>} */
export const roomsWithDrafts = signal(new Set());

/** @param {string} account @param {string} place a room's name, and in a thread ` ` and its root */
const keyOf = (account, place) => `${PREFIX}${account} ${place}`;

/**
 * Returns the signal of a place's draft, the same each time.
 * @param {string} account
 * @param {string} place
 */
export function draftOf(account, place) {
  const key = keyOf(account, place);
  const known = drafts.get(key) ?? signal({ ...NOTHING, ...stored(key) });
  drafts.set(key, known);
  return known;
}

/** @param {string} key */
function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}');
  } catch {
    return {};
  }
}

/**
 * @param {string} account
 * @param {string} place
 * @param {Partial<Draft>} changes
 */
export function changeDraft(account, place, changes) {
  const draft = draftOf(account, place);
  draft.value = { ...draft.peek(), ...changes };
  const { text, reply } = draft.peek();
  const empty = !text.trim() && !reply;
  try {
    if (empty) localStorage.removeItem(keyOf(account, place));
    else localStorage.setItem(keyOf(account, place), JSON.stringify({ text, reply }));
  } catch {
    // The browser keeps nothing here. The draft stays as long as the page is open.
  }
  if (roomsWithDrafts.peek().has(place) !== empty) return;
  const rooms = new Set(roomsWithDrafts.peek());
  if (empty) rooms.delete(place);
  else rooms.add(place);
  roomsWithDrafts.value = rooms;
}

/**
 * Lets the next message from this place answer another one, or none.
 * @param {string} account
 * @param {string} place
 * @param {{seq: number, sender: string, text: string} | null} message
 */
export function answer(account, place, message) {
  const reply = message && { seq: message.seq, sender: message.sender, text: message.text.slice(0, MAX_PREVIEW_CHARS) };
  changeDraft(account, place, { reply });
}

/** Empties a draft whose message was sent. @param {string} account @param {string} place */
export const endDraft = (account, place) => changeDraft(account, place, NOTHING);

/** Reads which rooms have drafts. @param {string} account */
export function openDrafts(account) {
  const start = keyOf(account, '');
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(start));
  roomsWithDrafts.value = new Set(keys.map((key) => key.slice(start.length)).filter((place) => !place.includes(' ')));
}

/** Removes the drafts of all accounts. */
export function forgetDrafts() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  drafts.clear();
  roomsWithDrafts.value = new Set();
}

/** The row of a message that is being edited: its room and the message's key, or null. One at a time. @type {import('../lib.js').Signal<string | null>} */
export const editing = signal(null);

const rowOf = (/** @type {{room: string, key: string}} */ { room, key }) => `${room} ${key}`;

/** @param {{room: string, key: string}} message */
export const edit = (message) => (editing.value = rowOf(message));

/** @param {{room: string, key: string}} message */
export const isEdited = (message) => editing.value === rowOf(message);
