/**
 * @import { History, Message, OwnReactions, Quoted, ReactionsChanged, Thread } from './types.js'
 */
import { quoteOf, sameQuote, threadAfter, withReaction } from './messages.js';

/**
 * A message as views show it.
 * @typedef {Message & {
 *   key: string,
 *   myReactions: readonly string[],
 *   quote: Quoted | null,
 *   replies: Thread | null,
 * }} RoomMessage
 */

/**
 * The part of a page that is shown.
 * @typedef {Pick<History, 'messages' | 'myReactions' | 'quoted' | 'threads'>} PageParts
 */

/** A page without messages. */
export const NO_PAGE = Object.freeze({ messages: [], myReactions: [], quoted: [], threads: [] });
/** This part of the maximum is dropped at once. */
const DROPPED_AT_ONCE = 1 / 25;
/** @type {readonly string[]} */
const NONE = Object.freeze([]);

/** @param {Message} message */
export const keyOf = ({ sender, clientId, seq }) => (clientId ? `${sender}/${clientId}` : `#${seq}`);

/**
 * The messages of a room's main log or of one thread between two places: all that there are, ascending, at most `max`.
 * Pure. A change that is applied twice or late is found by its rev.
 */
export class LogWindow {
  /** @type {RoomMessage[]} */
  #items = [];
  /** @type {readonly RoomMessage[] | null} */
  #shown = null;
  /** The messages on the screen, which stay when others are dropped: the last ones by default. */
  #kept = { first: Infinity, last: Infinity };
  hasOlder = false;
  hasNewer = false;
  /** How often all messages were replaced. */
  count = 0;

  /**
   * @param {() => string} me my name, which is not known before the first connection
   * @param {number | null} thread the root; null: the main log
   * @param {number} max
   */
  constructor(me, thread, max) {
    this.me = me;
    this.thread = thread;
    this.max = max;
  }

  /** @returns {readonly RoomMessage[]} */
  get messages() {
    this.#shown ??= Object.freeze([...this.#items]);
    return this.#shown;
  }

  get first() {
    return this.#items[0]?.seq ?? null;
  }

  get last() {
    return this.#items.at(-1)?.seq ?? null;
  }

  /**
   * Says which messages are on the screen.
   * @param {number} first
   * @param {number} last
   */
  keep(first, last) {
    this.#kept = { first, last };
  }

  /** @param {number} seq @returns {RoomMessage | null} */
  get(seq) {
    return this.#items[this.#at(seq)] ?? null;
  }

  /**
   * Replaces all messages.
   * @param {PageParts} page
   * @param {boolean} hasOlder
   * @param {boolean} hasNewer
   */
  replace(page, hasOlder, hasNewer) {
    this.#items = this.#made(page);
    this.#shown = null;
    Object.assign(this, { hasOlder, hasNewer });
    this.keep(Infinity, Infinity);
    this.count++;
  }

  /** @param {PageParts} page @param {boolean} hasOlder */
  prepend(page, hasOlder) {
    const { first } = this;
    const made = this.#made(page).filter(({ seq }) => first === null || seq < first);
    this.#items.unshift(...made);
    this.hasOlder = hasOlder;
    this.#dropNewest(this.#items.length - this.max);
    this.#shown = null;
  }

  /** @param {PageParts} page @param {boolean} hasNewer */
  append(page, hasNewer) {
    const { last } = this;
    const made = this.#made(page).filter(({ seq }) => last === null || seq > last);
    this.#items.push(...made);
    this.hasNewer = hasNewer;
    this.#dropOldest(this.#items.length - this.max);
    this.#shown = null;
  }

  /**
   * Applies a message in its present state: a new one, or a change.
   * @param {Message} message
   * @param {readonly string[]} [mine] my reactions to it; left out: as before
   */
  apply(message, mine) {
    const at = this.#at(message.seq);
    if (message.thread !== undefined) this.#reply(message.thread, message);
    if (at >= 0) {
      this.#replace(at, message, mine);
    } else if (this.#isNext(message)) {
      this.#items.push(this.#item(message, mine));
      this.#shown = null;
      this.#trim();
      return; // nothing answers it yet
    }
    this.#changeQuotes(message);
  }

  /** @param {ReactionsChanged} event */
  react(event) {
    const at = this.#at(event.seq);
    const known = this.#items[at];
    if (!known || known.rev >= event.rev) return;
    const { key, quote, replies } = known;
    let { myReactions } = known;
    if (event.user === this.me()) {
      const others = myReactions.filter((emoji) => emoji !== event.emoji);
      myReactions = event.added ? [...others, event.emoji] : others;
    }
    this.#put(at, { ...withReaction(known, event), key, quote, replies, myReactions });
  }

  /** Adds quotes that were not on a page. @param {Quoted} quote */
  quoted(quote) {
    this.#items.forEach((item, at) => {
      if (item.replyTo === quote.seq && (item.quote?.rev ?? 0) < quote.rev) this.#put(at, { ...item, quote });
    });
  }

  /** @returns {number[]} the seqs of quoted messages that are not known */
  missingQuotes() {
    const missing = this.#items.filter(({ replyTo, quote, deleted }) => replyTo && !quote && !deleted);
    return [...new Set(missing.map(({ replyTo }) => /** @type {number} */ (replyTo)))];
  }

  // ---- items

  /** @param {Message} message */
  #isNext(message) {
    const mine = message.thread === (this.thread ?? undefined);
    return mine && !this.hasNewer && message.seq > (this.last ?? 0);
  }

  /** @param {PageParts} page @returns {RoomMessage[]} */
  #made({ messages, myReactions, quoted, threads }) {
    const mine = new Map(myReactions.map((/** @type {OwnReactions} */ { seq, emojis }) => [seq, emojis]));
    const quotes = new Map(quoted.map((quote) => [quote.seq, quote]));
    const below = new Map(threads.map((thread) => [thread.root, thread]));
    return messages.map((message) => ({
      ...message,
      key: keyOf(message),
      myReactions: mine.get(message.seq) ?? NONE,
      quote: quotes.get(message.replyTo ?? 0) ?? null,
      replies: below.get(message.seq) ?? null,
    }));
  }

  /** @param {Message} message @param {readonly string[]} [mine] @returns {RoomMessage} */
  #item(message, mine = NONE) {
    const answered = message.replyTo === undefined ? null : this.get(message.replyTo);
    const quote = answered && quoteOf(answered);
    return { ...message, key: keyOf(message), myReactions: mine, quote, replies: null };
  }

  /** @param {number} at @param {Message} message @param {readonly string[]} [mine] */
  #replace(at, message, mine) {
    const { rev, key, quote, replies, myReactions } = this.#items[at];
    if (message.rev <= rev) return;
    const reactions = message.deleted ? NONE : (mine ?? myReactions);
    this.#put(at, { ...message, key, quote, replies, myReactions: reactions });
  }

  /** @param {Message} message the new state of one that may be quoted */
  #changeQuotes(message) {
    const quote = quoteOf(message);
    this.#items.forEach((item, at) => {
      const known = item.replyTo === message.seq ? item.quote : null;
      if (known && known.rev < quote.rev && !sameQuote(known, quote)) this.#put(at, { ...item, quote });
    });
  }

  /** @param {number} root @param {Message} message in the thread below it */
  #reply(root, message) {
    const at = this.#at(root);
    const known = this.#items[at];
    // A page may count messages whose events come later.
    if (!known || message.seq <= (known.replies?.lastSeq ?? 0)) return;
    this.#put(at, { ...known, replies: threadAfter(known.replies, root, message) });
  }

  /** @param {number} at @param {RoomMessage} item */
  #put(at, item) {
    this.#items[at] = item;
    this.#shown = null;
  }

  /** @param {number} seq @returns {number} its index; -1 if it is not there */
  #at(seq) {
    let [low, high] = [0, this.#items.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#items[middle].seq;
      if (found === seq) return middle;
      if (found < seq) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  // ---- size

  /** Drops what is past the maximum, at the end that is further from the messages on the screen. */
  #trim() {
    const excess = this.#items.length - this.max;
    if (excess <= 0) return;
    // Of the oldest some more, so that the next messages drop none: a list that only grows is drawn in less time.
    const more = excess + Math.floor(this.max * DROPPED_AT_ONCE);
    if (this.#kept.first >= this.#items[more].seq) this.#dropOldest(more);
    else if (this.#kept.first >= this.#items[excess].seq) this.#dropOldest(excess);
    else this.#dropNewest(excess);
  }

  /** @param {number} count */
  #dropNewest(count) {
    if (count <= 0) return;
    this.#items.splice(-count);
    this.hasNewer = true;
  }

  /** @param {number} count */
  #dropOldest(count) {
    if (count <= 0) return;
    this.#items.splice(0, count);
    this.hasOlder = true;
  }
}
