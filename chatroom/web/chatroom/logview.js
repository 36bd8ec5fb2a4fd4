/**
 * @import { Client } from './client.js'
 * @import { RoomMessage } from './logwindow.js'
 * @import { NewMessage, PendingMessage } from './pending.js'
 * @import { RoomFeed } from './roomfeed.js'
 * @import { History, Sent } from './types.js'
 */
import { retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';
import { LogWindow } from './logwindow.js';
import { PAGE } from './protocol.js';
import { Typing } from './typing.js';
import { View } from './view.js';

/**
 * Where to jump to: a seq, a time, or the latest messages.
 * @typedef {number | { timestamp: number } | 'present'} Place
 */

/**
 * What a room and a thread show of a log.
 * @typedef {object} LogState
 * @property {string} room
 * @property {RoomFeed['status']} status
 * @property {CallError | null} error
 * @property {readonly RoomMessage[]} messages
 * @property {readonly PendingMessage[]} pending
 * @property {boolean} hasOlder
 * @property {boolean} hasNewer
 * @property {'older' | 'newer' | 'jump' | null} loading
 * @property {number} window
 * @property {number | null} target
 * @property {readonly string[]} typing names
 */

/**
 * Messages of a part of a room's log, in order, with those that wait to be sent.
 * @template {LogState} S
 * @extends {View<S>}
 */
export class LogView extends View {
  /** @type {'older' | 'newer' | 'jump' | null} */
  #loading = null;
  #jumps = 0;
  /** @type {number | null} */
  #target = null;
  /** @type {(() => void) | null} */
  #release = null;
  #isReading = false;

  /**
   * @param {Client} client
   * @param {RoomFeed} feed
   * @param {number | null} thread
   * @param {S} state
   */
  constructor(client, feed, thread, state) {
    super(client.batch, state);
    this.client = client;
    this.feed = feed;
    this.thread = thread;
    this.window = new LogWindow(() => client.me, thread, client.options.maxMessages);
    const place = { room: feed.room, ...(thread !== null && { thread }) };
    this.typing = new Typing(
      client.clock,
      () => this.change(),
      (typing) => void client.calls.setTyping({ ...place, typing }, { deadlineMs: 5_000 }).catch(() => {}),
    );
  }

  /** @protected */
  started() {
    this.#release ??= this.feed.use();
    this.change();
  }

  /** @protected */
  stopped() {
    this.#release?.();
    this.#release = null;
    if (this.feed.live) this.typing.typed(false);
  }

  /** @protected @returns {LogState} */
  logState() {
    const { feed, window } = this;
    const messages = window.messages;
    return {
      room: feed.room,
      status: feed.status,
      error: feed.error,
      messages,
      pending: this.#pending(messages),
      hasOlder: window.hasOlder,
      hasNewer: window.hasNewer,
      loading: this.#loading,
      window: window.count,
      target: this.#target,
      typing: this.typing.users,
    };
  }

  /** @param {readonly RoomMessage[]} messages @returns {readonly PendingMessage[]} without those that have arrived */
  #pending(messages) {
    const pending = this.client.outbox.of(this.feed.room, this.thread);
    if (!pending.length) return pending;
    const arrived = new Set(messages.map(({ key }) => key));
    return pending.filter((item) => !arrived.has(item.key));
  }

  /**
   * Sends a message. It is among the pending ones at once.
   * @param {string} text
   * @param {NewMessage} [more]
   * @returns {Promise<Sent>} rejected when it is refused for a lasting reason; that need not be handled
   */
  send(text, more = {}) {
    this.typing.sent();
    const thread = this.thread === null ? {} : { thread: this.thread };
    return this.client.outbox.send(this.feed.room, text, { ...more, ...thread });
  }

  /** Tells the others that I type, or no longer. @param {boolean} hasText */
  typed(hasText) {
    if (this.feed.live) this.typing.typed(hasText);
  }

  /** Loads earlier messages. */
  async older() {
    const { first, hasOlder } = this.window;
    if (first === null || !hasOlder || this.#loading) return;
    await this.#load('older', { before: first }, (page) => {
      if (this.window.first === first) this.window.prepend(page, page.hasMoreBefore);
    });
  }

  /** Loads later messages. */
  async newer() {
    const { last, hasNewer } = this.window;
    if (last === null || !hasNewer || this.#loading) return;
    await this.#load('newer', { after: last }, (page) => {
      if (this.window.last === last) this.window.append(page, page.hasMoreAfter);
    });
  }

  /**
   * Replaces the messages by those around a place. A later jump replaces this one.
   * @param {Place} place
   */
  async jumpTo(place) {
    const jump = ++this.#jumps;
    /** @type {object} */
    let params = {};
    if (typeof place === 'number') params = { around: place };
    else if (place !== 'present') params = { at: place.timestamp };
    await this.#load('jump', params, (page) => {
      if (jump !== this.#jumps) return;
      this.window.replace(page, page.hasMoreBefore, page.hasMoreAfter);
      this.#target = targetOf(place, page);
    });
  }

  /**
   * Says which messages are on the screen, so that they stay when others are dropped.
   * @param {number} first seq
   * @param {number} last seq
   */
  shows(first, last) {
    this.window.keep(first, last);
  }

  /**
   * Says whether new messages are seen as they come, at the end of the list. They are then read when they arrive, and the inbox
   * never counts them.
   * @param {boolean} isReading
   */
  reads(isReading) {
    this.#isReading = isReading;
  }

  /** Whether a new message is read when it arrives. */
  get isReading() {
    return this.#isReading && !this.window.hasNewer;
  }

  /**
   * Loads a page as soon as the room is up to date, with retries.
   * @param {'older' | 'newer' | 'jump'} what
   * @param {object} params
   * @param {(page: History) => void} apply
   */
  async #load(what, params, apply) {
    const release = this.feed.use();
    this.#loading = what;
    this.change();
    const thread = this.thread === null ? {} : { thread: this.thread };
    try {
      for (let failures = 0; ; ) {
        await this.client.rooms.whenLive(this.feed);
        try {
          if (await this.feed.load({ ...params, ...thread, limit: PAGE }, apply)) break;
          if (what !== 'jump') break; // the messages before or after which it was are gone
        } catch (error) {
          if (!(error instanceof CallError) || !(error.temporary || error.reason === 'lost')) throw error;
          if (error.reason !== 'lost') await sleep(this.client.clock, retryPause(error, failures++));
        }
      }
    } finally {
      release();
      if (this.#loading === what) this.#loading = null;
      this.change();
    }
    this.client.rooms.met(this.feed);
  }
}

/** @param {Place} place @param {History} page @returns {number | null} the seq that was meant */
function targetOf(place, { messages }) {
  const wanted = (/** @type {{ seq: number, timestamp: number }} */ { seq, timestamp }) =>
    typeof place === 'number' ? seq >= place : place !== 'present' && timestamp >= place.timestamp;
  return place === 'present' ? null : (messages.find(wanted)?.seq ?? messages.at(-1)?.seq ?? null);
}

