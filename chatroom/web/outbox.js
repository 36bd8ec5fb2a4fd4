// What somebody has written and the server has not acknowledged. Knows nothing of the DOM.
import { inWords, uuid7 } from '/connection.js';
import { pause, wait } from '/pace.js';

const DELAYS = {
  storage_full: 'The server has no space left. Trying again…',
  internal: 'Something went wrong on the server. Trying again…',
  busy: 'The server is busy. Trying again…',
  rate_limited: 'Too much at once. Trying again…',
};

const UNWANTED = 'This person does not take messages from you.';

/** `chat.sent(message)` is told what was acknowledged, `chat.view.changed()` of everything. */
export class Outbox {
  constructor(chat) {
    Object.assign(this, { chat, pending: [], shelf: null, flushing: new Set() });
  }

  /** Whose it is: what this tab kept for that person is sent, too. */
  open(user) {
    if (this.shelf) return;
    this.shelf = `chatroom.pending.${user}`;
    this.pending.unshift(...JSON.parse(sessionStorage.getItem(this.shelf) ?? '[]'));
  }

  /** Keeps no more; what was kept stays, unless it is to be forgotten. */
  close(forget) {
    if (forget && this.shelf) sessionStorage.removeItem(this.shelf);
    this.shelf = null;
  }

  say(room, text) {
    this.pending.push({ room, text, clientId: uuid7() });
    this.keep();
    this.flush();
  }

  again(item) {
    delete item.error;
    this.keep();
    this.flush();
  }

  flush() {
    for (const room of new Set(this.pending.map((item) => item.room))) this.flushRoom(room);
  }

  /**
   * One message of a room at a time, again with the same clientId until it is settled: so the order stays, after a
   * refusal too. A room whose messages are refused for now does not hold back those of others.
   */
  async flushRoom(room) {
    if (this.flushing.has(room)) return;
    this.flushing.add(room);
    const { chat } = this;
    const next = () => this.pending.find((item) => item.room === room && !item.error);
    let failures = 0;
    for (let item; chat.connection.ready && (item = next()); ) {
      const { text, clientId } = item;
      const to = chat.partner(room);
      try {
        const sent = await chat.call('sendMessage', { ...(to ? { to } : { room }), text, clientId });
        failures = 0;
        chat.sent({ ...sent, sender: chat.me.name, text, clientId }, room);
      } catch (error) {
        item.delay = DELAYS[error.reason];
        chat.view.changed();
        if (error.temporary) await wait(pause(error, failures++));
        else if (error.reason !== 'lost') item.error = to && error.reason === 'forbidden' ? UNWANTED : inWords(error);
      }
      this.keep();
    }
    this.flushing.delete(room);
  }

  /** Whoever's messages these are: what was waiting here and is among them has arrived. */
  delivered(messages) {
    const mine = messages.filter(({ sender }) => sender === this.chat.me.name);
    const arrived = new Set(mine.map(({ clientId }) => clientId));
    if (this.pending.some(({ clientId }) => arrived.has(clientId))) this.drop(({ clientId }) => arrived.has(clientId));
  }

  drop(which) {
    this.pending = this.pending.filter((item) => !which(item));
    this.keep();
  }

  /** What is not sent yet survives a reload, in this tab and for this person only. */
  keep() {
    if (this.shelf) sessionStorage.setItem(this.shelf, JSON.stringify(this.pending));
    this.chat.view.changed();
  }
}
