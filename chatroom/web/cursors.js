// Sends read cursors to the server. Independent of the DOM.
import { pause, wait } from './pace.js';

/** Minimum pause between two `markRead` calls. */
const GAP_MS = 100;

/** `chat.marked(entry)` is called with each reply of the server. */
export class Cursors {
  constructor(chat) {
    Object.assign(this, { chat, pending: new Map(), sending: false });
  }

  move(room, seq) {
    this.pending.set(room, seq);
    this.send();
  }

  /** Drops the pending cursor of a room. */
  forget(room) {
    this.pending.delete(room);
  }

  /** Sends all cursors without waiting for replies, since the page is being closed. */
  leave() {
    for (const [room, seq] of this.pending) this.chat.call('markRead', { room, seq }).catch(() => {});
  }

  /** Sends the latest cursor of each room, one call at a time, with retries; not while the open room is being loaded. */
  async send() {
    if (this.sending) return;
    this.sending = true;
    let failures = 0;
    while (this.pending.size && this.chat.connection.ready && !this.chat.syncing) {
      const [[room, seq]] = this.pending;
      try {
        this.chat.marked(await this.chat.call('markRead', { room, seq }));
        failures = 0;
      } catch (error) {
        if (error.temporary) await wait(pause(error, failures++));
        if (error.temporary || error.reason === 'lost') continue;
      }
      if (this.pending.get(room) === seq) this.pending.delete(room);
      await wait(GAP_MS);
    }
    this.sending = false;
  }
}
