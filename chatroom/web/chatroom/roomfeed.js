/**
 * @import { Clock } from './clock.js'
 * @import { CallQueue } from './calls.js'
 * @import { LogWindow } from './logwindow.js'
 * @import { Message, ReactionsChanged, Subscribed } from './types.js'
 */
import { retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';
import { NO_PAGE } from './logwindow.js';

/** Time for which a subscription stays after its last user, who may come back. */
const LINGER_MS = 1_000;

/**
 * Something that happened in a room: a message in its present state or a reaction. A page says which reactions to a
 * message are mine; an event leaves them as they are.
 * @typedef {{ event: Message | ReactionsChanged, mine?: readonly string[] }} Change
 */

/**
 * @typedef {object} FeedListener
 * @property {() => void} changed the status, or messages
 * @property {(page: Subscribed) => void} subscribed a page with the present state of the room
 * @property {(page: Subscribed) => void} reset what was missed is not available: the page replaces all
 * @property {(message: Message, isNew: boolean) => void} heard a live message or change
 */

/**
 * What happens in one room, in the order of its revs, over any number of connections: kept up to date while somebody
 * wants it. Changes that were missed are applied in one step, when all of them have arrived.
 */
export class RoomFeed {
  /** @type {'idle' | 'loading' | 'live' | 'stale' | 'refused'} */
  status = 'idle';
  /** @type {CallError | null} */
  error = null;
  /** @type {string | null} */
  epoch = null;
  rev = 0;
  headSeq = 0;
  firstSeq = 1;
  /** @type {Set<LogWindow>} */
  windows = new Set();
  #wanted = 0;
  #connected = false;
  #syncing = false;
  #subscribed = false;
  /** Missed changes, until all have arrived, and the rev up to which they go. @type {Change[]} */
  #missed = [];
  #missedRev = 0;
  /** The changes since pages are being loaded; null: none is. @type {Change[] | null} */
  #recent = null;
  #loads = 0;
  #resets = 0;

  /**
   * @param {string} room
   * @param {CallQueue} calls
   * @param {Clock} clock
   * @param {number} maxMissed more than these are not read one by one
   * @param {FeedListener} listener
   */
  constructor(room, calls, clock, maxMissed, listener) {
    this.room = room;
    this.calls = calls;
    this.clock = clock;
    this.maxMissed = maxMissed;
    this.listener = listener;
  }

  get live() {
    return this.status === 'live';
  }

  /** Wants the room to be up to date. @returns {() => void} ends that */
  use() {
    this.#wanted++;
    this.sync();
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.clock.setTimeout(() => {
        if (--this.#wanted === 0) this.#leave();
      }, LINGER_MS);
    };
  }

  get wanted() {
    return this.#wanted > 0;
  }

  connected() {
    this.#connected = true;
    this.#subscribed = false;
    if (this.wanted) this.sync();
  }

  lost() {
    this.#connected = this.#subscribed = false;
    if (this.status === 'live') this.#become('stale');
  }

  /** Ends the subscription after the membership has ended. @param {CallError} error */
  refuse(error) {
    this.#subscribed = false;
    this.epoch = null;
    this.#become('refused', error);
  }

  /**
   * Goes on from what was kept, if nothing is known yet.
   * @param {{ epoch: string, rev: number, firstSeq: number, headSeq: number }} log
   * @returns {boolean} whether it does
   */
  restore({ epoch, rev, firstSeq, headSeq }) {
    if (this.epoch !== null || this.#syncing) return false;
    Object.assign(this, { epoch, rev, firstSeq, headSeq });
    this.#become('stale');
    return true;
  }

  /** Forgets everything. */
  drop() {
    this.epoch = null;
    for (const window of this.windows) window.replace(NO_PAGE, false, false);
    this.#become('idle');
  }

  // ---- the log

  /**
   * Handles an event of the room's log.
   * @param {Message | ReactionsChanged} event
   * @param {boolean} isNew
   * @param {string} epoch
   */
  event(event, isNew, epoch) {
    if (!this.live || epoch !== this.epoch) return;
    if (event.rev === this.rev + 1) {
      this.rev = event.rev;
      this.#apply({ event });
      if ('text' in event) this.listener.heard(event, isNew);
      this.listener.changed();
    } else if (event.rev > this.rev) {
      this.#become('stale'); // a gap
      this.sync();
    }
  }

  /** @param {Change} change */
  #apply(change) {
    this.#recent?.push(change);
    if ('text' in change.event) this.headSeq = Math.max(this.headSeq, change.event.seq);
    for (const window of this.windows) put(window, change);
  }

  /** Subscribes, and reads what was missed. */
  async sync() {
    if (this.#syncing || this.live || !this.#connected) return;
    if (this.status === 'idle' || this.status === 'refused') this.#become(this.epoch ? 'stale' : 'loading');
    this.#syncing = true;
    let failures = 0;
    while (this.#connected && this.wanted && !this.live && this.status !== 'refused') {
      try {
        await this.#subscribe();
        failures = 0;
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (error.reason === 'lost' || error.reason === 'ended') break;
        if (error.temporary) await sleep(this.clock, retryPause(error, failures++));
        else this.refuse(error);
      }
    }
    this.#syncing = false;
    if (this.#connected && this.wanted && !this.live && this.status !== 'refused') this.sync();
  }

  async #subscribe() {
    const { room, epoch } = this;
    const since = epoch === null ? {} : { epoch, sinceRev: Math.max(this.rev, this.#missedRev) };
    const handle = (/** @type {Subscribed} */ page) => this.#page(page);
    await this.calls.call('subscribe', { room, ...since }, { once: true, handle });
  }

  /** @param {Subscribed} page */
  #page(page) {
    this.#subscribed = !page.hasMore;
    this.firstSeq = page.firstSeq;
    if (!page.recovered) {
      this.#reset(page);
      return;
    }
    const mine = new Map(page.myReactions.map(({ seq, emojis }) => [seq, emojis]));
    this.#missed.push(...page.messages.map((event) => ({ event, mine: mine.get(event.seq) ?? [] })));
    this.#missedRev = page.nextRev;
    this.epoch = page.epoch;
    if (page.hasMore && page.headRev - this.rev > this.maxMissed) this.#skip();
    if (page.hasMore) return;
    // By rev, an old message that was changed comes after newer ones.
    const missed = this.#missed.sort((a, b) => a.event.seq - b.event.seq);
    this.#skip(page.epoch);
    this.rev = page.nextRev;
    this.headSeq = Math.max(this.headSeq, page.headSeq);
    for (const change of missed) this.#apply(change);
    this.listener.subscribed(page);
    this.#become('live');
  }

  /** Drops missed changes. @param {string | null} epoch to resume in; null: the latest page is read instead */
  #skip(epoch = null) {
    this.#missed = [];
    this.#missedRev = 0;
    this.epoch = epoch;
  }

  /** @param {Subscribed} page the latest one */
  #reset(page) {
    this.#skip(page.epoch);
    this.#resets++;
    this.rev = page.headRev;
    this.headSeq = page.headSeq;
    for (const window of this.windows) {
      if (window.thread === null) window.replace(page, hasOlder(page), false);
    }
    this.listener.reset(page);
    this.listener.subscribed(page);
    this.#become('live');
  }

  #leave() {
    if (this.#subscribed) this.calls.call('unsubscribe', { room: this.room }, { once: true }).catch(() => {});
    this.#subscribed = false;
    if (this.status !== 'refused') this.#become('idle');
  }

  /** @param {RoomFeed['status']} status @param {CallError | null} error */
  #become(status, error = null) {
    Object.assign(this, { status, error });
    this.listener.changed();
  }

  // ---- pages

  /**
   * Loads a page and applies it in the step of its reply. What happens meanwhile is applied once more after it: the
   * page may be from before. After a reset it is dropped.
   * @param {object} params of `getHistory`
   * @param {(page: import('./types.js').History) => void} apply
   * @returns {Promise<boolean>} false: it was dropped
   */
  async load(params, apply) {
    const resets = this.#resets;
    this.#loads++;
    this.#recent ??= [];
    const recent = this.#recent;
    let applied = false;
    const handle = (/** @type {import('./types.js').History} */ page) => {
      if (resets !== this.#resets || page.epoch !== this.epoch) return;
      applied = true;
      this.firstSeq = page.firstSeq;
      apply(page);
      for (const change of recent) for (const window of this.windows) put(window, change);
      this.listener.changed();
    };
    try {
      await this.calls.call('getHistory', { room: this.room, ...params }, { once: true, handle });
    } finally {
      if (--this.#loads === 0) this.#recent = null;
    }
    return applied;
  }
}

/** @param {LogWindow} window @param {Change} change */
function put(window, { event, mine }) {
  if ('text' in event) window.apply(event, mine);
  else window.react(event);
}

/** @param {Subscribed} page the latest one @returns {boolean} */
const hasOlder = ({ messages, firstSeq }) => messages.length > 0 && messages[0].seq > firstSeq;
