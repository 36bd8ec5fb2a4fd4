/** Where reading goes on in a message list: the "new" line, the read cursor, and the mark that makes messages unread again. */
import { isSeen } from '../stores/layout.js';
import { client } from '../stores/session.js';
import { failed } from '../stores/toasts.js';
import { removeUnreadMark, unreadMark } from '../stores/unread-marks.js';

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
