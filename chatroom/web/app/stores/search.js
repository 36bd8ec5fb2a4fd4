/** What the search view and the search panels look for, beside the words. It stays while one looks at what was found. */
import { signal } from '../lib.js';
import { onPhase } from './session.js';

/**
 * @typedef {object} Filters
 * @property {string} room '' for all
 * @property {string} sender an account, '' for all
 * @property {string} after a day such as 2026-01-31, '' for none
 * @property {string} before
 * @property {'' | 'link' | 'file'} has
 */

/** @type {Filters} */
export const NO_FILTERS = Object.freeze({ room: '', sender: '', after: '', before: '', has: '' });

/** Of the search in all rooms. @type {import('../lib.js').Signal<Filters>} */
export const filters = signal(NO_FILTERS);
/** Of the panel, which has a room. @type {import('../lib.js').Signal<{query: string, filters: Filters}>} */
export const inRoom = signal({ query: '', filters: NO_FILTERS });

onPhase((phase) => {
  if (phase !== 'out') return;
  filters.value = NO_FILTERS;
  inRoom.value = { query: '', filters: NO_FILTERS };
});

/** Returns when a day begins here, `days` later. @param {string} date @param {number} [days] */
export function startOf(date, days = 0) {
  const [year, month, day] = date.split('-').map(Number);
  return new Date(year, month - 1, day + days).getTime();
}

/** Returns the filters as the server takes them: bounds are exclusive, days are whole. @param {Filters} chosen */
export const asParams = ({ room, sender, after, before, has }) => ({
  ...(room && { room }),
  ...(sender && { sender: sender.trim().replace(/^@/, '').toLowerCase() }),
  ...(after && { after: startOf(after) - 1 }),
  ...(before && { before: startOf(before, 1) }),
  ...(has && { has }),
});
