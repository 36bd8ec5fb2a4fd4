// Messages that the server has not acknowledged yet. Independent of the DOM.
import { errorText, uuid7 } from './connection.js';
import { pause, wait } from './pace.js';

const DELAYS = {
  storage_full: 'The server has no space left. Trying again…',
  internal: 'Something went wrong on the server. Trying again…',
  busy: 'The server is busy. Trying again…',
  rate_limited: 'Too much at once. Trying again…',
};

const UNWANTED = 'This person does not take messages from you.';

/** Calls `chat.sent(message)` for each acknowledged message, and `chat.view.changed()` after each change. */
export class Outbox {
  constructor(chat) {
    Object.assign(this, { chat, pending: [], storageKey: null, flushing: new Set() });
  }

  /** Sets the user, and adds the messages of the user that this tab has stored. */
  open(user) {
    if (this.storageKey) return;
    this.storageKey = `chatroom.pending.${user}`;
    this.pending.unshift(...JSON.parse(sessionStorage.getItem(this.storageKey) ?? '[]'));
  }

  /** Stops storing messages. With `forget`, deletes the stored ones. */
  close(forget) {
    if (forget && this.storageKey) sessionStorage.removeItem(this.storageKey);
    this.storageKey = null;
  }

  say(room, text) {
    this.pending.push({ room, text, clientId: uuid7() });
    this.keep();
    this.flush();
  }

  retry(item) {
    delete item.error;
    this.keep();
    this.flush();
  }

  flush() {
    for (const room of new Set(this.pending.map((item) => item.room))) this.flushRoom(room);
  }

  /**
   * Sends the messages of a room one at a time, each with the same clientId until it is settled. So they stay in order
   * even if some are refused temporarily. Rooms do not wait for each other.
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
        else if (error.reason !== 'lost') item.error = to && error.reason === 'forbidden' ? UNWANTED : errorText(error);
      }
      this.keep();
    }
    this.flushing.delete(room);
  }

  /** Drops pending messages that are among the received ones. */
  delivered(messages) {
    const mine = messages.filter(({ sender }) => sender === this.chat.me.name);
    const arrived = new Set(mine.map(({ clientId }) => clientId));
    if (this.pending.some(({ clientId }) => arrived.has(clientId))) this.drop(({ clientId }) => arrived.has(clientId));
  }

  drop(which) {
    this.pending = this.pending.filter((item) => !which(item));
    this.keep();
  }

  /** Stores the pending messages, which survive a reload of this tab. */
  keep() {
    if (this.storageKey) sessionStorage.setItem(this.storageKey, JSON.stringify(this.pending));
    this.chat.view.changed();
  }
}
