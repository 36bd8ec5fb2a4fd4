/** @import { Message, Preview, Quoted, ReactionsChanged, Thread } from './types.js' */

/** What the server cuts, and how many people it names. */
const [MAX_PREVIEW_CHARS, MAX_SHOWN_USERS, MAX_THREAD_USERS] = [200, 10, 10];

/**
 * Cuts a text as the server does, between code points.
 * @param {string} text
 */
function cut(text) {
  if (text.length <= MAX_PREVIEW_CHARS) return { text };
  const points = Array.from(text);
  return points.length <= MAX_PREVIEW_CHARS
    ? { text }
    : { text: points.slice(0, MAX_PREVIEW_CHARS).join(''), truncated: true };
}

/**
 * @param {Message} message
 * @returns {Quoted} its beginning, as messages that answer it show it
 */
export const quoteOf = ({ seq, rev, sender, text, deleted, attachments }) => ({
  seq,
  rev,
  sender,
  ...(deleted && { deleted }),
  ...cut(text),
  ...filesOf(attachments),
});

/** @param {Message['attachments']} attachments */
const filesOf = (attachments) =>
  attachments?.[0] ? { files: attachments.length, fileType: attachments[0].type } : {};

/** @param {Quoted} a @param {Quoted} b @returns {boolean} whether they look the same */
export const sameQuote = (a, b) => a.text === b.text && a.deleted === b.deleted && a.truncated === b.truncated;

/**
 * @param {Message} message
 * @returns {Preview} as inboxes show it
 */
export function previewOf(message) {
  const { reactions, pinnedBy, data, attachments, ...kept } = message;
  return { ...kept, ...cut(message.text), ...filesOf(attachments) };
}

/**
 * Returns a message after a change of its reactions. If one of the people that it names took the reaction back, it may
 * name fewer than the server.
 * @param {Message} message
 * @param {ReactionsChanged} event
 * @returns {Message}
 */
export function withReaction(message, { rev, emoji, count, user, added }) {
  const before = message.reactions ?? [];
  const known = before.find((each) => each.emoji === emoji) ?? { emoji, count: 0, users: [] };
  let users = known.users.filter((name) => name !== user);
  if (added && known.users.length === count - 1 && count <= MAX_SHOWN_USERS) users = [...users, user];
  const changed = { emoji, count, users };
  const all = before.some((each) => each.emoji === emoji)
    ? before.map((each) => (each.emoji === emoji ? changed : each))
    : [...before, changed];
  const { reactions, ...rest } = { ...message, rev };
  const kept = all.filter((each) => each.count);
  return kept.length ? { ...rest, reactions: kept } : rest;
}

/**
 * Returns the summary of a thread after the next message.
 * @param {Thread | null} thread null before the first one
 * @param {number} root
 * @param {Message} message
 * @returns {Thread}
 */
export function threadAfter(thread, root, { sender, seq, timestamp }) {
  const known = thread?.users ?? [];
  const users = known.includes(sender) || known.length >= MAX_THREAD_USERS ? known : [...known, sender];
  return { root, count: (thread?.count ?? 0) + 1, lastSeq: seq, lastTimestamp: timestamp, users };
}

/**
 * Whether a message mentions somebody: never its sender, never if it is deleted.
 * @param {Message} message
 * @param {string} user
 * @returns {boolean}
 */
export const mentions = ({ sender, mentions: names = [], deleted }, user) =>
  sender !== user && !deleted && (names.includes(user) || names.includes('room'));
