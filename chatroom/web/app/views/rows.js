/** What the message list shows, as a pure function of a view's state: days, the "new" line, messages and pending ones. */
import { dayStart } from '../i18n.js';

/** In this time a day begins in no time zone, unless at its start. */
const QUARTER_MS = 15 * 60_000;
/** Messages of one sender within this time are a group. */
export const GROUP_MS = 5 * 60_000;

/**
 * @typedef {{kind: 'day', key: string, timestamp: number} | {kind: 'new', key: string}
 *   | {kind: 'message', key: string, message: any, first: boolean, pending: boolean}} Row
 */

/**
 * @param {readonly any[]} messages ascending
 * @param {readonly any[]} pending
 * @param {number | null} newAfter the "new" line is before the first message after this seq that is somebody else's
 * @param {string} me
 * @param {(message: any) => boolean} isHidden
 * @returns {Row[]}
 */
export function rowsOf(messages, pending, newAfter, me, isHidden) {
  /** @type {Row[]} */
  const rows = [];
  let last = /** @type {any} */ (null);
  let lineShown = newAfter === null;
  let [quarter, day] = [-1, 0];
  const add = (/** @type {any} */ message, /** @type {boolean} */ isPending) => {
    const before = day;
    const at = Math.floor(message.timestamp / QUARTER_MS);
    if (at !== quarter) [quarter, day] = [at, dayStart(message.timestamp)];
    if (day !== before) {
      rows.push({ kind: 'day', key: `day ${day}`, timestamp: message.timestamp });
      last = null;
    }
    if (!lineShown && !isPending && message.seq > /** @type {number} */ (newAfter) && message.sender !== me) {
      rows.push({ kind: 'new', key: 'new' });
      lineShown = true;
      last = null;
    }
    const grouped = last && last.sender === message.sender && message.timestamp - last.timestamp < GROUP_MS;
    const first = !grouped || message.replyTo !== undefined;
    rows.push({ kind: 'message', key: message.key, message, first, pending: isPending });
    last = message;
  };
  for (const message of messages) if (!isHidden(message)) add(message, false);
  for (const message of pending) add(message, true);
  return rows;
}
