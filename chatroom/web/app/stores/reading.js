/**
 * The state of reading: where the "new" line of a message list is, the read cursor, and the marks "unread from here". The cursor never goes back,
 * so a mark of its own names the message of a room from which on it is shown as unread. The marks are among the account's settings, so
 * that all of its devices show them.
 */
import { useView } from '../lib.js';
import { isSeen } from './layout.js';
import { client } from './session.js';
import { failed } from './toasts.js';

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
const unreadMark = (room) => marksIn(client().settings.state)[room] ?? null;

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
function removeUnreadMark(room) {
  return client().settings.update((present) => {
    const { [room]: _, ...others } = marksIn({ settings: present });
    return { ...present, unreadFrom: others };
  });
}

/** The reading of a message list. */
export class Reading {
  /** The seq after which messages are new, since the list was opened or the page was left. @type {number | null} */
  newAfter = null;
  /** The seq from which on the room is marked unread. @type {number | null} */
  #mark = null;
  /** Whether reading removes the mark: not one that was made since the list was opened. */
  #removesMark = true;
  #marksKnown = false;

  /** @param {() => {view: any, state: any}} list returns what is shown now */
  constructor(list) {
    this.list = list;
  }

  /** Puts the "new" line where reading goes on. */
  begin() {
    const { readSeq, headSeq } = this.list().state;
    this.newAfter = readSeq < headSeq || !isSeen.peek() ? readSeq : null;
    this.#mark = this.#presentMark();
    this.#marksKnown ||= client().settings.state.status === 'ready';
    if (this.#mark !== null) this.newAfter = Math.min(this.#mark - 1, readSeq);
  }

  /** Returns whether the mark is another one than before: it was made or removed, or is known only now. */
  isMarkedAnew() {
    const wereKnown = this.#marksKnown;
    this.#marksKnown = true;
    if (this.#presentMark() === this.#mark) return false;
    this.#removesMark = !wereKnown;
    return true;
  }

  /** Marks all as read, which is on the screen now. */
  end() {
    const { view, state } = this.list();
    if (state.readSeq < state.headSeq) view.markRead();
    if (this.#mark === null || !this.#removesMark) return;
    this.#mark = null;
    removeUnreadMark(state.room).catch(failed);
  }

  #presentMark() {
    const { view, state } = this.list();
    return view.thread === null ? unreadMark(state.room) : null;
  }
}
