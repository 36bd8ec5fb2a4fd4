/**
 * @import { Client } from './client.js'
 * @import { LogState } from './logview.js'
 * @import { RoomMessage } from './logwindow.js'
 * @import { RoomFeed } from './roomfeed.js'
 * @import { ListedThread, Message, ThreadUnread } from './types.js'
 */
import { LogView } from './logview.js';
import { LogWindow, NO_PAGE } from './logwindow.js';

/**
 * @typedef {LogState & {
 *   root: RoomMessage | null,
 *   readSeq: number,
 *   unread: number,
 *   following: boolean | null,
 * }} ThreadState
 */

/**
 * A thread: the messages below one message of a room.
 * @extends {LogView<ThreadState>}
 */
export class Thread extends LogView {
  /** The message below which it is, as a window of one. */
  #root;
  #readSeq = 0;
  /** @type {boolean | null} */
  #following = null;
  #loaded = false;

  /**
   * @param {Client} client
   * @param {RoomFeed} feed
   * @param {number} root
   */
  constructor(client, feed, root) {
    super(client, feed, root, {
      ...{ room: feed.room, status: 'idle', error: null, messages: [], pending: [], hasOlder: false, hasNewer: false },
      ...{ loading: null, window: 0, target: null, typing: [], root: null, readSeq: 0, unread: 0, following: null },
    });
    this.#root = new LogWindow(() => client.me, null, 1);
    this.#root.hasNewer = true; // it takes changes alone
  }

  get root() {
    return /** @type {number} */ (this.thread);
  }

  /** @protected */
  started() {
    for (const window of [this.window, this.#root]) this.feed.windows.add(window);
    super.started();
    this.client.rooms.threadUsed(this, true);
    if (!this.#loaded) this.reload();
  }

  /** @protected */
  stopped() {
    super.stopped();
    this.client.rooms.threadUsed(this, false);
  }

  /** Forgets the messages, which the next subscriber loads anew. */
  drop() {
    for (const window of [this.window, this.#root]) {
      this.feed.windows.delete(window);
      window.replace(NO_PAGE, false, true);
    }
    this.reset();
    this.change();
  }

  /** @protected @returns {ThreadState} */
  snapshot() {
    const state = this.logState();
    const { me } = this.client;
    const isUnread = (/** @type {Message} */ { seq, sender, deleted }) =>
      seq > this.#readSeq && sender !== me && !deleted;
    const unread = this.#following ? state.messages.filter(isUnread).length : 0;
    const root = this.#root.get(this.root);
    return { ...state, root, readSeq: this.#readSeq, unread, following: this.#following };
  }

  /** Loads all anew: at first, and after what was missed is not available. */
  async reload() {
    this.#loaded = true;
    try {
      await Promise.all([this.jumpTo('present'), this.#loadRoot(), this.#loadFollowing()]);
    } catch {
      this.#loaded = false; // refused: the room says why
    }
  }

  async #loadRoot() {
    const { room } = this.feed;
    const handle = (/** @type {import('./types.js').OneMessage} */ page) => {
      this.#root.replace({ ...page, messages: [page.message] }, true, true);
      this.change();
    };
    // A pruned root is not found.
    await this.client.queue.call('getMessage', { room, seq: this.root }, { handle }).catch(() => {});
  }

  async #loadFollowing() {
    /** @type {string | null} */
    let after = null;
    /** @type {ListedThread | undefined} */
    let found;
    do {
      const page = await this.client.calls.getThreads({ room: this.feed.room, limit: 200, ...(after && { after }) });
      found = page.threads.find(({ thread }) => thread === this.root);
      after = page.next;
    } while (!found && after);
    this.#following = found !== undefined;
    this.#readSeq = Math.max(this.#readSeq, found?.readSeq ?? 0);
    this.change();
  }

  /** Moves my read cursor in the thread, to its last message by default. @param {number} [seq] */
  markRead(seq = this.window.last ?? 0) {
    if (!this.#following || seq <= this.#readSeq) return;
    this.#readSeq = seq;
    this.client.cursors.move({ room: this.feed.room, thread: this.root, seq });
    this.client.inbox.threadsChanged();
    this.change();
  }

  /** Follows the thread. @param {boolean} [on] false: no longer */
  async follow(on = true) {
    const params = { room: this.feed.room, thread: this.root };
    await (on ? this.client.calls.followThread(params) : this.client.calls.unfollowThread(params));
    this.#following = on;
    this.change();
  }

  /** @param {ThreadUnread} event */
  told({ readSeq, following }) {
    this.#following = following;
    this.#readSeq = Math.max(this.#readSeq, readSeq);
    this.change();
  }

  /** Notes a new message: whoever writes or is mentioned follows. @param {Message} message */
  heard({ sender, mentions = [], seq }) {
    const { me } = this.client;
    this.typing.receive(sender, false);
    if (sender !== me && !mentions.includes(me)) return;
    if (!this.#following) this.#readSeq = Math.max(this.#readSeq, seq - 1);
    this.#following = true;
    if (sender === me) this.#readSeq = Math.max(this.#readSeq, seq);
  }

  /** Forgets what has to be loaded anew. */
  reset() {
    this.typing.clear();
    this.#loaded = false;
    this.#readSeq = 0;
    this.#following = null;
    if (this.active) this.reload();
  }
}
