/**
 * @import { Clock } from './clock.js'
 * @import { Ending } from './errors.js'
 * @import { StoredMessage } from './pending.js'
 * @import { Storage } from './storage.js'
 * @import { Channel, Locks } from './tabs.js'
 * @import { Socket } from './socket.js'
 * @import { Token } from './transport.js'
 * @import { CallMap, Connected, EventMap, InboxEntry, ServerLimits, ServerState, User } from './types.js'
 */
import { CallQueue, methods } from './calls.js';
import { systemClock } from './clock.js';
import { Cursors } from './cursors.js';
import { CallError } from './errors.js';
import { Files } from './files.js';
import { Http } from './http.js';
import { Inbox } from './inbox.js';
import { keepAccount, restore } from './kept.js';
import { utf16Ranges } from './mentions.js';
import { directRoom } from './names.js';
import { Outbox } from './outbox.js';
import { pagesOf } from './pages.js';
import { People } from './people.js';
import { Rooms } from './rooms.js';
import { Settings } from './settings.js';
import { indexedDbStorage, memoryStorage } from './storage.js';
import { SharedStorage } from './tabs.js';
import { Transport } from './transport.js';
import { Uploads } from './uploads.js';
import { Batch, View } from './view.js';

/**
 * @typedef {object} ClientOptions
 * @property {string} [url] of the server; the page's origin by default
 * @property {Token} [token] none: by cookie
 * @property {number} [maxMessages] kept of each room and thread
 * @property {Storage<StoredMessage>} [storage]
 * @property {Locks | null} [locks]
 * @property {Channel | null} [channel]
 * @property {new (url: string, protocol: string) => Socket} [WebSocket]
 * @property {typeof globalThis.fetch} [fetch]
 * @property {Clock} [clock]
 * @property {() => number} [random]
 */

/**
 * @typedef {object} ConnectionState
 * @property {'connecting' | 'connected' | 'waiting' | 'ended'} status
 * @property {User | null} user
 * @property {'admin' | 'member' | null} serverRole
 * @property {string | null} sessionId
 * @property {readonly string[]} features
 * @property {ServerLimits | null} limits
 * @property {ServerState | null} server what it tells everybody of itself; an announcement in it may have ended
 * @property {number | null} tokenExpiresAt
 * @property {number | null} retryAt
 * @property {Ending | null} ending
 */

const MAX_MESSAGES = 500;

/** A session with a server, over any number of connections. */
export class Client {
  /** @type {Map<string, Set<(params: any) => void>>} */
  #listeners = new Map();
  #clockAhead = 0;
  /** @type {(() => void) | null} */
  #unhook = null;

  /** @param {ClientOptions} options */
  constructor(options = {}) {
    const { url = globalThis.location?.origin ?? '', token = null, maxMessages = MAX_MESSAGES } = options;
    const { clock = systemClock, random = Math.random, fetch = globalThis.fetch.bind(globalThis) } = options;
    const { WebSocket = globalThis.WebSocket } = options;
    if (!url) throw new TypeError('url: needed outside of a page');
    if (!WebSocket) throw new TypeError('no WebSocket: pass one as an option');
    this.options = { maxMessages };
    this.clock = clock;
    this.batch = new Batch(clock);
    this.shared = sharedStorage(`chatroom ${url}`, options);
    this.http = new Http(url, () => this.transport.token(), fetch, token === null);
    this.transport = new Transport({ url, token, WebSocket, clock, random }, this);
    this.queue = new CallQueue(clock, this.transport);
    /** A typed method for each call of the protocol. */
    this.calls = methods((method, params, settings) => this.queue.call(method, params, settings));
    /** @type {View<ConnectionState>} */
    this.connection = new View(this.batch, {
      ...{ status: 'connecting', user: null, serverRole: null, sessionId: null, features: [], limits: null },
      ...{ server: null, tokenExpiresAt: null, retryAt: null, ending: null },
    });
    this.cursors = new Cursors(this.queue, clock, (entry) => this.#marked(entry), (room) => this.rooms.isKnown(room));
    this.uploads = new Uploads(this.http, clock);
    this.files = new Files(this.calls, this.http, this.uploads, () => this.serverTime());
    this.outbox = new Outbox(this);
    this.people = new People(this);
    this.inbox = new Inbox(this);
    this.settings = new Settings(this);
    this.rooms = new Rooms(this);
    this.threads = pagesOf(this, 'getThreads', {});
    this.mentions = pagesOf(this, 'getMentions', {});
    this.#unhook = onWake(() => this.reconnect());
    this.transport.connect();
  }

  /** My name; empty before the first connection. */
  get me() {
    return this.connection.state.user?.name ?? '';
  }

  /** @returns {number} ms since the epoch, by the server's clock */
  serverTime() {
    return this.clock.now() + this.#clockAhead;
  }

  // ---- views

  /** @param {string} name @returns {import('./room.js').Room} the same object each time */
  room(name) {
    return this.rooms.room(name);
  }

  /** @param {string} user */
  directRoom(user) {
    return this.room(directRoom(this.me, user));
  }

  /** @param {string} room @param {number} root @returns {import('./thread.js').Thread} the same object each time */
  thread(room, root) {
    return this.rooms.thread(room, root);
  }

  /**
   * @param {string} query
   * @param {{ room?: string, sender?: string, before?: number, after?: number, has?: 'link' | 'file' }} [filters]
   * @returns {import('./pages.js').Pages<import('./types.js').Message & { ranges: { start: number, end: number }[] }>}
   */
  search(query, filters = {}) {
    return pagesOf(this, 'searchMessages', { query, ...filters }, ({ messages, ranges }) =>
      messages.map((/** @type {import('./types.js').Message} */ message, /** @type {number} */ at) => ({
        ...message,
        ranges: utf16Ranges(message.text, ranges[at]),
      })),
    );
  }

  /** @param {string} room @param {string} [query] @returns {import('./pages.js').Pages<import('./types.js').ListedMember>} */
  members(room, query) {
    return pagesOf(this, 'listMembers', { room, ...(query && { query }) });
  }

  /** @param {string} room @returns {import('./pages.js').Pages<import('./types.js').Message>} the last pinned first */
  pins(room) {
    return pagesOf(this, 'listPins', { room });
  }

  /** @param {string} [query] @returns {import('./pages.js').Pages<import('./types.js').ListedRoom>} */
  directory(query) {
    return pagesOf(this, 'listRooms', query ? { query } : {});
  }

  /** @param {string} [query] @returns {import('./pages.js').Pages<import('./types.js').Person>} */
  users(query) {
    return pagesOf(this, 'listUsers', query ? { query } : {});
  }

  /**
   * @param {keyof CallMap} method a call whose reply has pages
   * @param {object} [params]
   */
  list(method, params = {}) {
    return pagesOf(this, method, params);
  }

  /**
   * Tells each event of the protocol as it comes.
   * @template {keyof EventMap} E
   * @param {E} event
   * @param {(params: EventMap[E]) => void} listener
   * @returns {() => void} ends that
   */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  // ---- the session

  /** Connects now, also after the session has ended; tests the present connection if there is one. */
  reconnect() {
    if (this.transport.status === 'ended' && this.connection.state.ending?.reason === 'closed') return;
    this.queue.end(null);
    this.transport.connect();
  }

  /** Ends the session. Unsent messages stay stored. */
  close() {
    this.#unhook?.();
    this.transport.end({ reason: 'closed', code: null });
    this.shared.close();
  }

  /** Ends the session, and deletes what the device keeps of the account. */
  async forget() {
    await this.outbox.forget();
    this.close();
  }

  /** @returns {import('./kept.js').KeptAccount | null} what may be shown before there is a connection */
  keep() {
    return keepAccount(this);
  }

  /** @param {import('./kept.js').KeptAccount} account @param {readonly import('./kept.js').KeptRoom[]} rooms */
  restore(account, rooms) {
    if (!this.connection.state.user) restore(this, account, rooms);
  }

  // ---- called by the transport

  /** @param {'connecting' | 'waiting'} status @param {number | null} retryAt */
  connecting(status, retryAt) {
    this.connection.set({ status, retryAt, ending: null });
  }

  /** @param {Connected} connected */
  connected({ user, serverRole, sessionId, features, limits, server, tokenExpiresAt, serverTime, inbox }) {
    this.#clockAhead = serverTime - this.clock.now();
    const state = { user, serverRole, sessionId, features, limits, server, tokenExpiresAt };
    this.connection.set({ ...state, status: 'connected', retryAt: null, ending: null });
    this.people.note(user);
    this.inbox.connected(inbox);
    this.rooms.connected();
    this.queue.connected();
    this.cursors.send();
    this.outbox.connected();
    this.people.connected();
    this.settings.connected();
    for (const list of [this.threads, this.mentions]) list.outdated();
  }

  lost() {
    this.rooms.lost();
    this.inbox.lost();
  }

  /** @param {Ending} ending */
  ended(ending) {
    this.lost();
    this.connection.set({ status: 'ended', retryAt: null, ending });
    this.queue.end(new CallError('ended', `the session has ended: ${ending.reason}`));
  }

  /** @param {keyof EventMap} method @param {any} params */
  event(method, params) {
    if (method === 'unread') {
      this.inbox.put(params);
      this.rooms.marked(params);
      if (params.mentions) this.mentions.outdated();
    } else if (method === 'userChanged') {
      this.people.put(params);
    } else if (method === 'settingsChanged') {
      this.settings.put(params);
    } else if (method === 'tokenExpiring' || method === 'serverChanged') {
      this.connection.set(method === 'serverChanged' ? { server: params } : { tokenExpiresAt: params.expiresAt });
    } else {
      this.rooms.event(method, params);
    }
    for (const listener of this.#listeners.get(method) ?? []) listener(params);
  }

  /** @param {InboxEntry} entry the reply to `markRead` */
  #marked(entry) {
    this.inbox.put(entry);
    this.rooms.marked(entry);
  }
}

/** @param {string} name @param {ClientOptions} options */
function sharedStorage(name, { storage, locks, channel }) {
  const shared = !storage && 'indexedDB' in globalThis;
  const common = shared && 'BroadcastChannel' in globalThis ? new BroadcastChannel(name) : null;
  const kept = storage ?? (shared ? indexedDbStorage(name) : memoryStorage());
  const tabs = locks === undefined && shared ? (globalThis.navigator?.locks ?? null) : (locks ?? null);
  return new SharedStorage(name, kept, tabs, channel === undefined ? common : channel);
}

/** Calls `work` when the device is online again, or the page is seen again. @param {() => void} work @returns {() => void} */
function onWake(work) {
  const { document, addEventListener, removeEventListener } = globalThis;
  if (!document || !addEventListener) return () => {};
  const seen = () => document.visibilityState === 'visible' && work();
  addEventListener('online', work);
  document.addEventListener('visibilitychange', seen);
  return () => {
    removeEventListener('online', work);
    document.removeEventListener('visibilitychange', seen);
  };
}
