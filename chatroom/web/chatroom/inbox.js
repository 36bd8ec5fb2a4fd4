/**
 * @import { Client } from './client.js'
 * @import { Inbox as InboxPage, InboxEntry, Message, RoomSettings } from './types.js'
 */
import { Paced, retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';
import { mentions, previewOf } from './messages.js';
import { View } from './view.js';

/** Pause between two loads of the sums over threads. */
const SUMS_GAP_MS = 1_000;
/** Messages of an open room that are counted here before its entry is read again. */
const MAX_COUNTED = 500;

/** @typedef {InboxEntry & { muted: boolean }} InboxRoom */

/**
 * @typedef {object} InboxState
 * @property {'loading' | 'ready' | 'stale'} status
 * @property {readonly InboxRoom[]} rooms
 * @property {number} unread
 * @property {number} mentions
 * @property {{ unread: number, mentions: number }} threads
 * @property {boolean} complete
 */

/**
 * A room's entry as the server told it, and what came later: the server tells nothing of rooms that are subscribed.
 * @typedef {object} Counted
 * @property {InboxEntry} served
 * @property {{ seq: number, mention: boolean }[]} later unread messages after `served.headSeq`
 * @property {Message | null} last
 * @property {number} readTo how far I have read here
 * @property {number} activity when there was the last message
 * @property {InboxRoom | null} shown
 */

/**
 * My rooms, the newest activity first, and what I have not read.
 * @extends {View<InboxState>}
 */
export class Inbox extends View {
  /** @type {Map<string, Counted>} */
  #rooms = new Map();
  /** @type {InboxState['threads']} */
  #threads = Object.freeze({ unread: 0, mentions: 0 });
  /** @type {InboxState['status']} */
  #status = 'loading';
  #complete = false;
  #loads = 0;
  #sums;

  /** @param {Client} client */
  constructor(client) {
    super(client.batch, {
      ...{ status: 'loading', rooms: [], unread: 0, mentions: 0, threads: { unread: 0, mentions: 0 }, complete: false },
    });
    this.client = client;
    this.#sums = new Paced(client.clock, SUMS_GAP_MS, () => this.#loadSums());
  }

  /** @protected @returns {InboxState} */
  snapshot() {
    const counted = [...this.#rooms.values()].sort((a, b) => b.activity - a.activity);
    const rooms = counted.map(shownOf);
    const heard = rooms.filter(({ muted }) => !muted);
    return {
      status: this.#status,
      rooms: Object.freeze(rooms),
      unread: heard.reduce((sum, { unread }) => sum + unread, 0),
      mentions: heard.reduce((sum, entry) => sum + entry.mentions, 0),
      threads: this.#threads,
      complete: this.#complete,
    };
  }

  /** @param {string} room @returns {InboxRoom | null} */
  entry(room) {
    const counted = this.#rooms.get(room);
    return counted ? shownOf(counted) : null;
  }

  // ---- what the server tells

  /** Loads all pages. @param {InboxPage} first that of `connect` */
  async connected(first) {
    const load = ++this.#loads;
    const stale = new Set(this.#rooms.keys());
    this.#status = 'ready';
    this.#complete = false;
    this.#threads = Object.freeze({ ...first.threads });
    let activity = Infinity;
    for (let page = first, failures = 0; ; ) {
      for (const entry of page.rooms) {
        stale.delete(entry.room);
        activity = entry.lastMessage?.timestamp ?? Math.min(activity, this.client.clock.now());
        if (entry.headSeq < (this.#rooms.get(entry.room)?.readTo ?? 0)) this.reset(entry.room); // rolled back
        this.#put(entry, activity);
      }
      this.change();
      if (page.next === null) break;
      try {
        page = await this.client.calls.getInbox({ after: page.next });
        failures = 0;
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (!error.temporary) return;
        await sleep(this.client.clock, retryPause(error, failures++));
      }
      if (load !== this.#loads) return; // a later connection loads all
    }
    for (const room of stale) this.#rooms.delete(room);
    this.#complete = true;
    this.change();
  }

  /** Shows what was kept, before the first connection. @param {readonly InboxEntry[]} rooms @param {InboxState['threads']} threads */
  restore(rooms, threads) {
    for (const entry of rooms) this.#put(entry);
    this.#threads = threads;
    this.#complete = true;
    this.lost();
  }

  lost() {
    this.#loads++;
    this.#status = 'stale';
    this.change();
  }

  /** Notes an entry that the server tells; not an earlier one, which may come later. @param {InboxEntry} entry */
  put(entry) {
    if (entry.headSeq >= (this.#rooms.get(entry.room)?.served.headSeq ?? 0)) this.#put(entry);
  }

  /** @param {InboxEntry} entry @param {number} [activity] */
  #put(entry, activity) {
    const known = this.#rooms.get(entry.room);
    const last = known?.last && known.last.seq >= entry.headSeq ? known.last : null;
    const at = last?.timestamp ?? entry.lastMessage?.timestamp ?? activity ?? known?.activity ?? this.client.clock.now();
    this.#rooms.set(entry.room, {
      served: entry,
      later: known?.later.filter(({ seq }) => seq > entry.headSeq) ?? [],
      last,
      readTo: Math.max(entry.readSeq, known?.readTo ?? 0),
      activity: at,
      shown: null,
    });
    if (entry.with) this.client.people.note(entry.with);
    this.change();
  }

  /** @param {string} room */
  drop(room) {
    if (this.#rooms.delete(room)) this.change();
  }

  /** Reads an entry anew. @param {string} room */
  refresh(room) {
    this.client.cursors.move({ room, seq: 0 });
  }

  /** @param {RoomSettings} settings */
  configure({ room, title, visibility }) {
    const counted = this.#rooms.get(room);
    if (counted) this.put({ ...counted.served, title, visibility });
  }

  /** Forgets how far I have read in a room that was rolled back. @param {string} room */
  reset(room) {
    const counted = this.#rooms.get(room);
    if (counted) Object.assign(counted, { later: [], last: null, readTo: 0, shown: null });
  }

  // ---- subscribed rooms

  /** Counts a message or change of a subscribed room. @param {Message} message @param {boolean} isNew */
  heard(message, isNew) {
    const { room, seq, sender } = message;
    if (message.thread !== undefined) {
      if (sender !== this.client.me) this.threadsChanged();
      return;
    }
    const counted = this.#rooms.get(room);
    const { me } = this.client;
    if (!counted) {
      this.refresh(room);
    } else if (isNew) {
      if (seq <= counted.served.headSeq) return;
      if (sender !== me && !message.deleted) counted.later.push({ seq, mention: mentions(message, me) });
      Object.assign(counted, { last: message, activity: message.timestamp, shown: null });
      if (counted.later.length > MAX_COUNTED) this.refresh(room);
    } else {
      const last = counted.last ?? counted.served.lastMessage;
      if (last?.seq === seq) Object.assign(counted, { last: message, shown: null });
      if (seq > counted.readTo && sender !== me) this.refresh(room);
    }
    this.change();
  }

  /** Shows a cursor that was moved here as read, before the server says so. @param {string} room @param {number} seq */
  marking(room, seq) {
    const counted = this.#rooms.get(room);
    if (counted && seq > counted.readTo) Object.assign(counted, { readTo: seq, shown: null });
    this.change();
  }

  /** Reads the sums over threads anew, soon. */
  threadsChanged() {
    this.#sums.ask();
  }

  async #loadSums() {
    try {
      const { threads } = await this.client.calls.getInbox({ limit: 1 });
      this.#threads = Object.freeze({ ...threads });
      this.change();
    } catch (error) {
      if (!(error instanceof CallError)) throw error; // the next change asks again
    }
  }
}

/** @param {Counted} counted @returns {InboxRoom} */
function shownOf(counted) {
  counted.shown ??= Object.freeze(show(counted));
  return counted.shown;
}

/** @param {Counted} counted @returns {InboxRoom} */
function show({ served, later, last, readTo }) {
  const fresh = later.filter(({ seq }) => seq > readTo);
  const readAll = readTo >= served.headSeq;
  return {
    ...served,
    headSeq: Math.max(served.headSeq, last?.seq ?? 0),
    readSeq: readTo,
    unread: (readAll ? 0 : served.unread) + fresh.length,
    mentions: (readAll ? 0 : served.mentions) + fresh.filter(({ mention }) => mention).length,
    ...(last && { lastMessage: previewOf(last) }),
    muted: served.notifications === 'none',
  };
}
