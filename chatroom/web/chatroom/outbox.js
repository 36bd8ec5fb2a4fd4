/**
 * @import { Client } from './client.js'
 * @import { Item, NewMessage, PendingMessage, StoredMessage } from './pending.js'
 * @import { Sent } from './types.js'
 */
import { retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';
import { Ids } from './ids.js';
import { orderOf, paramsOf, shownOf } from './pending.js';
import { sendFiles, stopUpload } from './uploads.js';
import { View } from './view.js';

/**
 * Messages that are not acknowledged, in the order in which they were written. They are stored before they are sent, and
 * those of a room are sent one after the other.
 * @extends {View<{ pending: readonly PendingMessage[] }>}
 */
export class Outbox extends View {
  /** @type {Map<string, Item>} by clientId, ascending */
  #items = new Map();
  #lists = /** @type {Map<string, readonly PendingMessage[]>} */ (new Map());
  #draining = /** @type {Set<string>} */ (new Set());
  #ids;
  #time = 0;
  /** Whether the stored messages are known: before, a newer one could be sent first. */
  #loaded = false;
  #loading = /** @type {Promise<void> | null} */ (null);

  /** @param {Client} client */
  constructor(client) {
    super(client.batch, { pending: [] });
    this.client = client;
    this.store = client.shared;
    this.#ids = new Ids(client.clock);
    this.store.listen((key) => this.#heard(key));
  }

  /** @protected */
  snapshot() {
    return { pending: [...this.#items.values()].map(({ shown }) => shown) };
  }

  /**
   * @param {string} room
   * @param {number | null} thread
   * @returns {readonly PendingMessage[]} the same array until something changes
   */
  of(room, thread) {
    const key = `${room} ${thread ?? ''}`;
    let list = this.#lists.get(key);
    if (!list) {
      const mine = (/** @type {PendingMessage} */ item) => item.room === room && (item.thread ?? null) === thread;
      list = Object.freeze([...this.#items.values()].map(({ shown }) => shown).filter(mine));
      this.#lists.set(key, list);
    }
    return list;
  }

  /**
   * Keeps a message, then sends it.
   * @param {string} room
   * @param {string} text
   * @param {NewMessage} more
   * @returns {Promise<Sent>}
   */
  send(room, text, { files = [], clientId = this.#ids.next(), ...more }) {
    const uploads = files.map((file, number) => ({ number, file, path: null, id: null }));
    const account = this.client.me;
    const timestamp = Math.max(this.client.clock.now(), this.#time);
    const item = this.#add({ key: clientId, account, room, text, timestamp, more, uploads, refused: null });
    const done = new Promise((resolve, reject) => {
      item.waiter = { resolve, reject };
    });
    done.catch(() => {}); // it is shown as refused
    if (account) item.kept = this.#keep(item.stored);
    this.#changed(room);
    this.drain(room);
    return /** @type {Promise<Sent>} */ (done);
  }

  /** Sends a refused message again. @param {string} clientId */
  retry(clientId) {
    const item = this.#items.get(clientId);
    if (!item || item.shown.status !== 'refused') return;
    const gone = item.stored.refused?.reason === 'not_found'; // uploads are kept for a day
    const uploads = item.stored.uploads.map((upload) => (gone ? { ...upload, path: null, id: null } : upload));
    item.stored = { ...item.stored, uploads, refused: null };
    this.#show(item, { status: 'queued', error: null });
    item.kept = this.#keep(item.stored);
    this.drain(item.stored.room);
  }

  /** Gives a message up. It may have been sent if it was under way. @param {string} clientId */
  discard(clientId) {
    const item = this.#items.get(clientId);
    if (!item) return;
    item.giveUp.abort();
    item.uploading?.abort.abort();
    this.#remove(item);
    this.store.remove(clientId);
    item.waiter?.reject(new CallError('discarded', 'the message was discarded'));
  }

  /** Leaves a file out of a message, as long as not all are uploaded: later, it may have been sent. @param {string} clientId @param {number} number */
  leaveOut(clientId, number) {
    const item = this.#items.get(clientId);
    if (!item || item.stored.uploads.every(({ id }) => id)) return;
    const uploads = item.stored.uploads.filter((upload) => upload.number !== number);
    if (!uploads.length && !item.stored.text) {
      this.discard(clientId);
      return;
    }
    item.stored = { ...item.stored, uploads };
    this.#show(item, { files: item.shown.files.filter((file) => file.number !== number) });
    item.kept = this.#keep(item.stored);
    stopUpload(item);
  }

  // ---- for the client

  /** Takes the stored messages of the account, which is known by now, and sends what waits. */
  async connected() {
    const { me } = this.client;
    for (const item of this.#items.values()) {
      if (item.stored.account) continue;
      item.stored = { ...item.stored, account: me };
      this.#show(item, { sender: me, key: `${me}/${item.stored.key}` });
      item.kept = this.#keep(item.stored);
    }
    await (this.#loading ??= this.#load());
    this.drainAll();
  }

  async #load() {
    const all = await this.store.load(this.client.me);
    for (const stored of all) if (!this.#items.has(stored.key)) this.#add(stored);
    this.#sort();
    this.#loaded = true;
  }

  drainAll() {
    for (const room of new Set([...this.#items.values()].map(({ stored }) => stored.room))) {
      this.#changed(room);
      this.drain(room);
    }
  }

  /** Drops messages that were sent and that the room shows by now. @param {string} room @param {number} rev */
  reached(room, rev) {
    for (const item of this.#items.values()) {
      if (item.sent && item.stored.room === room && item.sent.rev <= rev) this.#remove(item);
    }
  }

  /** Forgets all, without sending it. */
  async forget() {
    for (const item of [...this.#items.values()]) this.discard(item.stored.key);
    await this.store.clear(this.client.me);
  }

  /** Handles a change by another tab. @param {string} key */
  async #heard(key) {
    const stored = await this.store.get(key);
    const item = this.#items.get(key);
    if (!stored) {
      if (item && !this.#draining.has(item.stored.room)) this.#remove(item);
    } else if (stored.account === this.client.me) {
      if (item) stopUpload(Object.assign(item, { stored }));
      else this.#add(stored);
      this.#show(/** @type {Item} */ (this.#items.get(key)), shownOf(stored));
      this.#sort();
      this.drain(stored.room);
    }
  }

  // ---- sending

  /** Sends the messages of a room, one at a time, in this tab alone. @param {string} room */
  async drain(room) {
    if (!this.#loaded || this.#draining.has(room) || !this.#next(room) || !this.client.transport.ready) return;
    this.#draining.add(room);
    try {
      await this.store.alone(`${this.client.me} ${room}`, async () => {
        for (let item; this.client.transport.ready && (item = this.#next(room)); ) await this.#deliver(item);
      });
    } finally {
      this.#draining.delete(room);
    }
    if (this.client.transport.ready) this.drain(room);
  }

  /** @param {string} room @returns {Item | undefined} */
  #next(room) {
    return [...this.#items.values()].find(({ stored, sent }) => stored.room === room && !stored.refused && !sent);
  }

  /** Sends one message, until it is settled or the connection is lost. @param {Item} item */
  async #deliver(item) {
    const { key, room } = item.stored;
    if ((await item.kept) && !(await this.store.get(key))) {
      this.#remove(item); // another tab has sent it
      return;
    }
    for (let failures = 0; this.#items.has(key); ) {
      try {
        const keep = () => (item.kept = this.#keep(item.stored));
        await sendFiles(item, this.client.uploads, (changes) => this.#show(item, changes), keep);
        this.#show(item, { status: 'sending', error: null });
        const handle = (/** @type {Sent} */ sent) => this.#sent(item, sent);
        const { signal } = item.giveUp;
        const params = paramsOf(item.stored, this.client.me);
        const sent = await this.client.queue.call('sendMessage', params, { once: true, signal, handle });
        item.waiter?.resolve(sent);
        await this.store.remove(key);
        return;
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (!this.#items.has(key)) return;
        if (error.reason === 'lost' || error.reason === 'ended') {
          this.#show(item, { status: 'queued' });
          return;
        }
        if (!error.temporary) {
          this.#refuse(item, error);
          return;
        }
        this.#show(item, { status: 'waiting', error });
        await sleep(this.client.clock, retryPause(error, failures++));
        if (!this.client.transport.ready) return;
      }
    }
    this.#changed(room);
  }

  /** Called in the step of the reply, before the room hears of the message. @param {Item} item @param {Sent} sent */
  #sent(item, sent) {
    item.sent = sent;
    if (this.client.rooms.awaits(item.stored.room, sent.rev)) this.#show(item, { status: 'sent', error: null });
    else this.#remove(item);
    return sent;
  }

  /** @param {Item} item @param {CallError} error */
  #refuse(item, error) {
    const { reason, message, data } = error;
    item.stored = { ...item.stored, refused: { reason, message, data } };
    this.#show(item, { status: 'refused', error });
    item.kept = this.#keep(item.stored);
    item.waiter?.reject(error);
    item.waiter = null;
  }

  // ---- items

  /** @param {StoredMessage} stored @returns {Item} */
  #add(stored) {
    const [shown, giveUp] = [shownOf(stored), new AbortController()];
    const item = { stored, shown, giveUp, uploading: null, kept: Promise.resolve(true), sent: null, waiter: null };
    this.#items.set(stored.key, item);
    this.#ids.after(stored.key);
    this.#time = Math.max(this.#time, stored.timestamp);
    this.#changed(stored.room);
    return item;
  }

  /** Orders the messages as they were written. */
  #sort() {
    const items = [...this.#items].sort(([, a], [, b]) => (orderOf(a.stored) < orderOf(b.stored) ? -1 : 1));
    this.#items = new Map(items);
  }

  /** @param {StoredMessage} stored @returns {Promise<boolean>} false: the device has no space for it, as long as it is not sent */
  #keep(stored) {
    return this.store.put(stored).then(
      () => true,
      () => false,
    );
  }

  /** @param {Item} item @param {Partial<PendingMessage>} changes */
  #show(item, changes) {
    item.shown = Object.freeze({ ...item.shown, ...changes });
    this.#changed(item.stored.room);
  }

  /** @param {Item} item */
  #remove(item) {
    this.#items.delete(item.stored.key);
    this.#changed(item.stored.room);
  }

  /** @param {string} room */
  #changed(room) {
    for (const key of this.#lists.keys()) if (key.startsWith(`${room} `)) this.#lists.delete(key);
    this.client.rooms.pendingChanged(room);
    this.change();
  }
}
