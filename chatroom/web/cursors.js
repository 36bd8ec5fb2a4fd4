// How far somebody has read, told to the server. Knows nothing of the DOM.
import { pause, wait } from '/pace.js';

/** Between two calls, however fast others write. */
const GAP_MS = 100;

/** `chat.marked(entry)` is told what the server then has. */
export class Cursors {
  constructor(chat) {
    Object.assign(this, { chat, unsaid: new Map(), telling: false });
  }

  move(room, seq) {
    this.unsaid.set(room, seq);
    this.tell();
  }

  /** Of messages that the server does not have any more. */
  forget(room) {
    this.unsaid.delete(room);
  }

  /** All at once and without waiting: the page is about to go. */
  leave() {
    for (const [room, seq] of this.unsaid) this.chat.call('markRead', { room, seq }).catch(() => {});
  }

  /** The latest of each room, one call at a time, until the server has it. Not before the open room is known again. */
  async tell() {
    if (this.telling) return;
    this.telling = true;
    let failures = 0;
    while (this.unsaid.size && this.chat.connection.ready && !this.chat.syncing) {
      const [[room, seq]] = this.unsaid;
      try {
        this.chat.marked(await this.chat.call('markRead', { room, seq }));
        failures = 0;
      } catch (error) {
        if (error.temporary) await wait(pause(error, failures++));
        if (error.temporary || error.reason === 'lost') continue;
      }
      if (this.unsaid.get(room) === seq) this.unsaid.delete(room);
      await wait(GAP_MS);
    }
    this.telling = false;
  }
}
