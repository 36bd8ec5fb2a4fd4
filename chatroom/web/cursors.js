// How far somebody has read, told to the server. Knows nothing of the DOM.
import { wait } from '/connection.js';

/** `chat.marked(entry)` is told what the server then has. */
export class Cursors {
  constructor(chat) {
    Object.assign(this, { chat, unsaid: new Map(), telling: false });
  }

  move(room, seq) {
    this.unsaid.set(room, seq);
    this.tell();
  }

  /** The latest of each room, one call at a time, until the server has it. */
  async tell() {
    if (this.telling) return;
    this.telling = true;
    while (this.unsaid.size && this.chat.connection.ready) {
      const [[room, seq]] = this.unsaid;
      try {
        this.chat.marked(await this.chat.call('markRead', { room, seq }));
      } catch (error) {
        if (error.temporary) await wait(error.retryAfterMs ?? 1000);
        if (error.temporary || error.reason === 'lost') continue;
      }
      if (this.unsaid.get(room) === seq) this.unsaid.delete(room);
    }
    this.telling = false;
  }
}
