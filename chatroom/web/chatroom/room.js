/**
 * @import { Client } from './client.js'
 * @import { LogState } from './logview.js'
 * @import { RoomFeed } from './roomfeed.js'
 * @import { Message, MuteChanged, RoomSettings, Subscribed } from './types.js'
 */
import { peopleOf, pageOf } from './kept.js';
import { LogView } from './logview.js';

/**
 * A room's settings, and what I may do in it.
 * @typedef {Pick<Subscribed, 'title' | 'topic' | 'visibility' | 'role' | 'posting' | 'inviting' | 'slowModeS' | 'archived'> & {
 *   muted: { until?: number, reason?: string } | null }} RoomInfo
 */

/**
 * @typedef {LogState & {
 *   info: RoomInfo | null,
 *   firstSeq: number,
 *   headSeq: number,
 *   readSeq: number,
 *   online: { count: number, users: readonly string[] | null },
 *   people: readonly string[],
 * }} RoomState
 */

/** @type {RoomState['online']} */
const NOBODY = Object.freeze({ count: 0, users: null });

/**
 * A room: its main log around what is shown, who is there, and what is sent.
 * @extends {LogView<RoomState>}
 */
export class Room extends LogView {
  /** @type {RoomInfo | null} */
  #info = null;
  #readSeq = 0;
  #online = NOBODY;
  /** @type {Set<string>} */
  #people = new Set();
  /** @type {readonly string[]} */
  #shownPeople = [];

  /**
   * @param {Client} client
   * @param {RoomFeed} feed
   */
  constructor(client, feed) {
    super(client, feed, null, {
      ...{ room: feed.room, status: 'idle', error: null, messages: [], pending: [], hasOlder: false, hasNewer: false },
      ...{ loading: null, window: 0, target: null, info: null, firstSeq: 1, headSeq: 0, readSeq: 0 },
      ...{ typing: [], online: NOBODY, people: [] },
    });
    feed.windows.add(this.window);
  }

  /** @protected @returns {RoomState} */
  snapshot() {
    const { firstSeq, headSeq } = this.feed;
    if (this.#shownPeople.length !== this.#people.size) this.#shownPeople = Object.freeze([...this.#people]);
    return {
      ...this.logState(),
      info: this.#info,
      firstSeq,
      headSeq,
      readSeq: this.#readSeq,
      online: this.#online,
      people: this.#shownPeople,
    };
  }

  // ---- what the user does

  /** Moves my read cursor, to the last message by default. @param {number} [seq] */
  markRead(seq = this.feed.headSeq) {
    if (seq <= this.#readSeq) return;
    this.#readSeq = seq;
    this.client.inbox.marking(this.feed.room, seq);
    this.client.cursors.move({ room: this.feed.room, seq });
    this.change();
  }

  /** @param {number} seq @param {string} text */
  edit(seq, text) {
    return this.client.calls.editMessage({ room: this.feed.room, seq, text });
  }

  /** @param {number} seq */
  remove(seq) {
    return this.client.calls.deleteMessage({ room: this.feed.room, seq });
  }

  /** @param {number} seq @param {string} emoji @param {boolean} [add] false: take it back */
  react(seq, emoji, add = true) {
    const params = { room: this.feed.room, seq, emoji };
    return add ? this.client.calls.addReaction(params) : this.client.calls.removeReaction(params);
  }

  /** @param {number} seq @param {boolean} [add] false: take it back */
  pin(seq, add = true) {
    const params = { room: this.feed.room, seq };
    return add ? this.client.calls.pinMessage(params) : this.client.calls.unpinMessage(params);
  }

  /** Tries again after the room was refused. */
  refresh() {
    this.feed.sync();
  }

  // ---- to be shown before there is a connection

  /**
   * @param {number} [max] number of messages
   * @returns {import('./kept.js').KeptRoom | null} its last messages; null if they are not loaded
   */
  keep(max = 50) {
    const { room, epoch, rev, firstSeq, headSeq } = this.feed;
    const { messages, hasOlder, hasNewer } = this.window;
    if (!epoch || !this.#info || hasNewer) return null;
    const last = messages.slice(-max);
    const people = peopleOf(this.client.people, last);
    const more = { hasOlder: hasOlder || messages.length > max, page: pageOf(last), people };
    return { room, epoch, rev, firstSeq, headSeq, readSeq: this.#readSeq, info: this.#info, ...more };
  }

  /** Shows what was kept, unless there is something already. @param {import('./kept.js').KeptRoom} kept */
  restore({ info, readSeq, page, hasOlder, ...log }) {
    if (!this.feed.restore(log)) return;
    this.window.replace(page, hasOlder, false);
    this.#info = info;
    this.#readSeq = readSeq;
    this.change();
  }

  // ---- what the server tells

  /** @param {Subscribed} page */
  subscribed(page) {
    this.configure(page);
    this.#set({ role: page.role, muted: page.muted ?? null });
    this.#readSeq = Math.max(this.#readSeq, page.readSeq);
    this.#online = Object.freeze({ count: page.online.count, users: page.online.users ?? null });
    this.meet([...(page.online.users ?? [])]);
    for (const message of page.messages) this.heard(message);
    this.change();
  }

  /** Forgets what a rollback has made wrong. */
  reset() {
    this.#readSeq = 0;
  }

  /** Notes the people of a message, who are no longer typing. @param {Message} message */
  heard({ sender, mentions = [], thread }) {
    if (thread === undefined) this.typing.receive(sender, false);
    this.meet([sender, ...mentions.filter((name) => name !== 'room')]);
  }

  /** @param {readonly string[]} names */
  meet(names) {
    for (const name of names) this.#people.add(name);
    this.client.people.want(names);
  }

  /** @param {RoomSettings | Subscribed} settings */
  configure({ title, topic, visibility, posting, inviting, slowModeS, archived }) {
    this.#set({ title, topic, visibility, posting, inviting, slowModeS, archived });
  }

  /** @param {string} user @param {RoomInfo['role'] | null} role */
  memberChanged(user, role) {
    if (user === this.client.me && role) this.#set({ role });
    if (role === null) this.presence(user, false, false);
    else this.meet([user]);
  }

  /** @param {MuteChanged} event */
  muteChanged({ user, muted, until, reason }) {
    if (user !== this.client.me) return;
    this.#set({ muted: muted ? { ...(until && { until }), ...(reason && { reason }) } : null });
  }

  /** @param {number} seq the cursor as the server has it */
  marked(seq) {
    if (seq > this.#readSeq) this.#readSeq = seq;
    this.change();
  }

  /**
   * Notes that somebody came or went. The event names no room.
   * @param {string} user
   * @param {boolean} online
   * @param {boolean} here whether the person must be in this room
   */
  presence(user, online, here) {
    const { users } = this.#online;
    if (!users || users.includes(user) === online || (online && !here && !this.#people.has(user))) return;
    const now = online ? [...users, user] : users.filter((name) => name !== user);
    this.#online = Object.freeze({ count: now.length, users: now });
    if (!online) this.typing.receive(user, false);
    this.change();
  }

  /** @param {Partial<RoomInfo>} changes */
  #set(changes) {
    this.#info = Object.freeze({ .../** @type {RoomInfo} */ (this.#info), ...changes });
    this.change();
  }
}
