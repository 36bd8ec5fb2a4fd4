// What somebody has written and the server has not acknowledged. Knows nothing of the DOM.
import { inWords, uuid7, wait } from '/connection.js';

const DELAYS = {
  storage_full: 'The server has no space left. Trying again…',
  internal: 'Something went wrong on the server. Trying again…',
};

/** `chat.sent(message)` is told what was acknowledged, `chat.view.changed()` of everything. */
export class Outbox {
  constructor(chat) {
    Object.assign(this, { chat, pending: [], shelf: null, flushing: false });
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

  /** One at a time, so that the order stays; again with the same clientId until answered. */
  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    const { chat } = this;
    for (let item; chat.connection.ready && (item = this.pending.find(({ error }) => !error)); ) {
      const { room, text, clientId } = item;
      const to = chat.partner(room);
      try {
        const sent = await chat.call('sendMessage', { ...(to ? { to } : { room }), text, clientId });
        chat.sent({ ...sent, sender: chat.me.name, text, clientId }, room);
      } catch (error) {
        item.delay = DELAYS[error.reason];
        chat.view.changed();
        if (error.temporary) await wait(error.retryAfterMs ?? 1000);
        else if (error.reason !== 'lost') item.error = inWords(error);
      }
      this.keep();
    }
    this.flushing = false;
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
