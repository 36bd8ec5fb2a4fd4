/** Times that are chosen from a list: ends of mutes and statuses, spans of messages. */
import { t } from './i18n.js';

const HOUR_MS = 3_600_000;

/** Ids of spans and their lengths; `never` has none. @type {Readonly<Record<string, number | null>>} */
export const SPANS_MS = { 'half-hour': HOUR_MS / 2, hour: HOUR_MS, 'four-hours': 4 * HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, month: 720 * HOUR_MS, never: null };

/** Returns the options of a choice. @param {readonly string[]} ids @returns {[string, string][]} */
export const spanOptions = (ids) => ids.map((id) => [id, t(`span-${id}`)]);

/** Returns the end of a span that begins now, or undefined for none. @param {string} id */
export function endOf(id) {
  if (id === 'today') return new Date().setHours(24, 0, 0, 0);
  const length = SPANS_MS[id];
  return length ? Date.now() + length : undefined;
}
