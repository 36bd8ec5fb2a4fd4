/**
 * @import { Client } from './client.js'
 * @import { InboxEntry, ListedThread, Message, ThreadUnread } from './types.js'
 */
import { CallError } from './errors.js';
import { mentions, quoteOf } from './messages.js';
import { Room } from './room.js';
import { RoomFeed } from './roomfeed.js';
import { Thread } from './thread.js';

/** Rooms that keep their messages after nobody uses them any more. */
const MAX_IDLE = 20;
/** Threads that keep their messages after nobody shows them any more. */
const MAX_IDLE_THREADS = 20;
/** Quoted messages that are asked for at once. */
const MAX_QUOTES = 20;

/**
 * @typedef {object} Open
 * @property {RoomFeed} feed
 * @property {Room} room
 * @property {Map<number, Thread>} threads
 * @property {Set<number>} quotes messages that were asked for to be quoted
 * @property {Set<() => void>} waiting for the feed to be live
 */

/** The rooms that were opened: passes on what the server tells of them. */
export class Rooms {
  /** @type {Map<string, Open>} the last used last */
  #rooms = new Map();
  /** Threads without a subscriber, the last one last. @type {Set<Thread>} */
  #idleThreads = new Set();

  /** @param {Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @param {string} name @returns {Room} */
  room(name) {
    return this.#open(name).room;
  }

  /** @param {string} name @param {number} root @returns {Thread} */
  thread(name, root) {
    const { feed, threads } = this.#open(name);
    const thread = threads.get(root) ?? new Thread(this.client, feed, root);
    threads.set(root, thread);
    return thread;
  }

  /** @param {string} name @returns {Open} */
  #open(name) {
    const known = this.#rooms.get(name);
    if (known) return known;
    const { client } = this;
    const feed = new RoomFeed(name, client.queue, client.clock, client.options.maxMessages, {
      changed: () => this.#changed(open),
      subscribed: (page) => {
        open.room.subscribed(page);
        for (const view of [open.room, ...open.threads.values()]) view.typing.clear();
        this.met(feed);
        client.inbox.refresh(name); // events of it may have been left out since
      },
      reset: (page) => this.#reset(open, page.reason),
      heard: (message, isNew) => {
        client.inbox.heard(message, isNew);
        open.room.heard(message);
        if (isNew) this.#heardNew(message, open);
        if (message.replyTo !== undefined) this.met(feed);
      },
    });
    /** @type {Open} */
    const open = { feed, room: new Room(client, feed), threads: new Map(), quotes: new Set(), waiting: new Set() };
    this.#rooms.set(name, open);
    if (client.transport.ready) feed.connected();
    return open;
  }

  /** Notes what the server tells nothing of, because the room is subscribed. @param {Message} message @param {Open} open */
  #heardNew(message, { room, threads }) {
    const { client } = this;
    const thread = threads.get(message.thread ?? 0);
    thread?.heard(message);
    const view = message.thread === undefined ? room : thread;
    if (view?.isReading) view.markRead();
    if (message.thread !== undefined) client.threads.outdated();
    if (mentions(message, client.me)) client.mentions.outdated();
  }

  // ---- connections

  connected() {
    for (const { feed } of this.#rooms.values()) feed.connected();
  }

  lost() {
    for (const { feed } of this.#rooms.values()) feed.lost();
  }

  /** @param {string} method @param {any} params */
  event(method, params) {
    if (method === 'presence') {
      this.#presence(params);
      return;
    }
    const open = this.#rooms.get(params.room);
    if (method === 'newMessage' || method === 'messageChanged') {
      open?.feed.event(withoutEpoch(params), method === 'newMessage', params.epoch);
    } else if (method === 'reactionsChanged') {
      open?.feed.event(params, false, params.epoch);
    } else if (method === 'threadUnread') {
      this.#threadUnread(params, open);
    } else if (method === 'typing') {
      const { user, typing, thread } = params;
      (thread === undefined ? open?.room : open?.threads.get(thread))?.typing.receive(user, typing);
    } else if (method === 'memberChanged') {
      this.#memberChanged(params, open);
    } else if (method === 'roomChanged') {
      open?.room.configure(params);
      this.client.inbox.configure(params);
    } else if (method === 'muteChanged') {
      open?.room.muteChanged(params);
    }
  }

  /** @param {{ user: string, online: boolean }} event */
  #presence({ user, online }) {
    const watched = [...this.#rooms.values()].filter(({ feed }) => feed.live);
    for (const { room } of watched) room.presence(user, online, watched.length === 1);
    this.client.people.presence(user, online);
  }

  /** @param {{ room: string, user: string, role: import('./room.js').RoomInfo['role'] | null }} event @param {Open} [open] */
  #memberChanged({ room, user, role }, open) {
    if (role !== null) this.client.people.reconsider();
    open?.room.memberChanged(user, role);
    if (user !== this.client.me) return;
    if (role === null) {
      this.client.inbox.drop(room);
      open?.feed.refuse(new CallError('forbidden', `${room}: no longer a member`));
    } else {
      if (!this.client.inbox.entry(room)) this.client.inbox.refresh(room);
      if (open?.feed.wanted) open.feed.sync();
    }
  }

  /** @param {ThreadUnread} event @param {Open} [open] */
  #threadUnread(event, open) {
    this.client.inbox.threadsChanged();
    open?.threads.get(event.thread)?.told(event);
    const { threads } = this.client;
    const isIt = (/** @type {ListedThread} */ { room, thread }) => room === event.room && thread === event.thread;
    if (!event.following) threads.update((items) => items.filter((item) => !isIt(item)));
    threads.outdated();
    if (event.mentions) this.client.mentions.outdated();
  }

  /** @param {InboxEntry} entry */
  marked({ room, readSeq }) {
    const open = this.#rooms.get(room);
    open?.room.marked(readSeq);
    if (open?.feed.wanted && open.feed.error?.reason === 'not_found') open.feed.sync(); // it has been made
  }

  /** Whether it is certain which messages a room has. @param {string} room */
  isKnown(room) {
    const feed = this.#rooms.get(room)?.feed;
    return this.client.transport.ready && (!feed?.wanted || feed.live || feed.status === 'refused');
  }

  // ---- for the outbox

  /** Whether a room will show a message of mine that was just sent. @param {string} room @param {number} rev */
  awaits(room, rev) {
    const open = this.#rooms.get(room);
    if (!open?.feed.wanted) return false;
    if (open.feed.status === 'refused') open.feed.sync(); // the message has made this direct room
    return open.feed.status !== 'refused' && !(open.feed.live && open.feed.rev >= rev);
  }

  /** @param {string} room */
  pendingChanged(room) {
    const open = this.#rooms.get(room);
    open?.room.change();
    for (const thread of open?.threads.values() ?? []) thread.change();
  }

  // ---- rooms

  /** @param {RoomFeed} feed @returns {Promise<void>} when it is up to date; rejected when it is refused */
  whenLive(feed) {
    const open = this.#open(feed.room);
    return new Promise((done, failed) => {
      const check = () => {
        if (feed.live) done();
        else if (feed.error) failed(feed.error);
        else return;
        open.waiting.delete(check);
      };
      open.waiting.add(check);
      check();
    });
  }

  /** @param {Open} open */
  #changed({ feed, room, threads, waiting }) {
    room.change();
    for (const thread of threads.values()) thread.change();
    const shows = feed.wanted && feed.status !== 'refused';
    if (feed.live || !shows) this.client.outbox.reached(feed.room, shows ? feed.rev : Infinity);
    for (const check of [...waiting]) check();
    if (feed.live) this.client.cursors.send();
    if (feed.status === 'idle') this.#left(feed.room);
  }

  /** @param {Open} open @param {string} [reason] */
  #reset({ feed, room, threads }, reason) {
    this.client.outbox.reached(feed.room, Infinity);
    if (reason === 'epoch_changed' || reason === 'ahead') {
      this.client.cursors.forget(feed.room); // its seqs belong to other messages
      this.client.inbox.reset(feed.room);
      room.reset();
    }
    for (const thread of threads.values()) thread.reset();
  }

  /** Keeps the messages of the rooms that were left last. @param {string} name */
  #left(name) {
    const open = this.#rooms.get(name);
    if (!open || open.feed.epoch === null) return;
    this.#rooms.delete(name);
    this.#rooms.set(name, open);
    const idle = [...this.#rooms.values()].filter(({ feed }) => feed.status === 'idle' && feed.epoch !== null);
    for (const { feed, threads } of idle.slice(0, -MAX_IDLE)) {
      for (const thread of threads.values()) thread.reset();
      feed.drop();
    }
  }

  /** Notes that a thread is shown, or no longer. @param {Thread} thread @param {boolean} active */
  threadUsed(thread, active) {
    this.#idleThreads.delete(thread);
    if (active) return;
    this.#idleThreads.add(thread);
    const [oldest] = this.#idleThreads;
    if (this.#idleThreads.size <= MAX_IDLE_THREADS) return;
    this.#idleThreads.delete(oldest);
    oldest.drop();
  }

  /** Loads what is shown beside messages: names, and the messages that they answer. @param {RoomFeed} feed */
  met(feed) {
    const { room, quotes } = this.#open(feed.room);
    for (const window of feed.windows) {
      room.meet([...new Set(window.messages.map(({ sender }) => sender))]);
      const missing = window.missingQuotes().filter((seq) => !quotes.has(seq));
      for (const seq of missing.slice(-MAX_QUOTES)) this.#quote(feed, seq, quotes);
    }
  }

  /** @param {RoomFeed} feed @param {number} seq @param {Set<number>} quotes */
  async #quote(feed, seq, quotes) {
    quotes.add(seq);
    const handle = (/** @type {import('./types.js').OneMessage} */ { message }) => {
      for (const window of feed.windows) window.quoted(quoteOf(message));
      this.#open(feed.room).room.change();
    };
    // One that was pruned is not found, and not asked for again.
    await this.client.queue.call('getMessage', { room: feed.room, seq }, { handle }).catch(() => {});
  }
}

/** @param {any} event @returns {import('./types.js').Message} */
function withoutEpoch({ epoch, ...message }) {
  return message;
}
