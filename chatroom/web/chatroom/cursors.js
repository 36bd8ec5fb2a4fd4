/**
 * @import { Clock } from './clock.js'
 * @import { CallQueue } from './calls.js'
 * @import { InboxEntry } from './types.js'
 */
import { retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';

/** Minimum pause between two `markRead` calls. */
const GAP_MS = 100;

/** @typedef {{ room: string, thread?: number, seq: number }} Cursor */

/** Sends read cursors to the server: the latest one of each room and thread, one call at a time. */
export class Cursors {
  /** @type {Map<string, Cursor>} */
  #waiting = new Map();
  #sending = false;

  /**
   * @param {CallQueue} calls
   * @param {Clock} clock
   * @param {(entry: InboxEntry) => void} marked
   * @param {(room: string) => boolean} isKnown whether it is certain which messages a room has: after a rollback, others
   *   have the same seqs
   */
  constructor(calls, clock, marked, isKnown) {
    this.calls = calls;
    this.clock = clock;
    this.marked = marked;
    this.isKnown = isKnown;
  }

  /**
   * Moves a cursor up to a seq. With 0, it only reads the room's entry.
   * @param {Cursor} cursor
   */
  move(cursor) {
    const key = `${cursor.room} ${cursor.thread ?? ''}`;
    const seq = Math.max(cursor.seq, this.#waiting.get(key)?.seq ?? 0);
    this.#waiting.set(key, { ...cursor, seq });
    this.send();
  }

  /** Drops the cursors of a room. @param {string} room */
  forget(room) {
    for (const [key, cursor] of this.#waiting) if (cursor.room === room) this.#waiting.delete(key);
  }

  /** Sends the waiting cursors; the others as soon as it is called again. */
  async send() {
    if (this.#sending) return;
    this.#sending = true;
    let failures = 0;
    for (let next; (next = this.#next()); ) {
      const [key, cursor] = next;
      try {
        await this.calls.call('markRead', cursor, { once: true, handle: this.marked });
        failures = 0;
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (error.reason === 'lost' || error.reason === 'ended') break;
        if (error.temporary) {
          await sleep(this.clock, retryPause(error, failures++));
          continue;
        }
      }
      if (this.#waiting.get(key) === cursor) this.#waiting.delete(key);
      await sleep(this.clock, GAP_MS);
    }
    this.#sending = false;
  }

  #next() {
    return [...this.#waiting].find(([, { room }]) => this.isKnown(room));
  }
}
