/**
 * "Mark unread from here": the message of a room from which on it is shown as unread. The read cursor, which never goes back, stays where
 * it is. The marks are among the account's settings, so that all of its devices show them.
 */
import { useView } from '../lib.js';
import { client } from './session.js';

/** Maximum number of marked rooms; past it, the one that was marked first loses its mark. */
const MAX_MARKS = 100;

/** @typedef {Readonly<Record<string, number>>} Marks seqs by room, the last marked room at the end */

/** @type {Marks} */
const NONE = Object.freeze({});

/** @param {{settings: Readonly<Record<string, any>>}} state @returns {Marks} */
const marksIn = ({ settings }) => settings.unreadFrom ?? NONE;

/** @returns {Marks} */
export const useUnreadMarks = () => useView(client().settings, marksIn);

/** @param {string} room @returns {number | null} */
export const unreadMark = (room) => marksIn(client().settings.state)[room] ?? null;

/** @param {string} room @param {number} seq the first message that is shown as unread */
export function markUnread(room, seq) {
  const { inbox, settings } = client();
  return settings.update((present) => {
    const { [room]: _, ...others } = marksIn({ settings: present });
    const kept = Object.entries(others).filter(([other]) => inbox.entry(other));
    return { ...present, unreadFrom: Object.fromEntries([...kept, [room, seq]].slice(-MAX_MARKS)) };
  });
}

/** @param {string} room */
export function removeUnreadMark(room) {
  return client().settings.update((present) => {
    const { [room]: _, ...others } = marksIn({ settings: present });
    return { ...present, unreadFrom: others };
  });
}
