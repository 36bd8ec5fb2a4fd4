/**
 * @import { Client } from './client.js'
 * @import { CallMap } from './types.js'
 */
import { Paced, retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';
import { View } from './view.js';

/** Pause between two readings of a list of which much is told. */
const GAP_MS = 1_000;

/**
 * @template T
 * @typedef {object} PagesState
 * @property {readonly T[]} items
 * @property {boolean} hasMore
 * @property {boolean} loading
 * @property {CallError | null} error
 */

/**
 * A list that the server gives in pages. The first one is loaded with the first subscriber.
 * @template T
 * @extends {View<PagesState<T>>}
 */
export class Pages extends View {
  /** @type {string | null} */
  #next = null;
  #runs = 0;
  #loaded = false;
  #renewing;

  /**
   * @param {Client} client
   * @param {(next: string | null) => Promise<{ items: readonly T[], next: string | null }>} load a page
   * @param {((item: T) => string) | null} [keyOf] of a list in which new items come first; null: of others
   */
  constructor(client, load, keyOf = null) {
    super(client.batch, { items: [], hasMore: true, loading: false, error: null });
    this.client = client;
    this.load = load;
    this.keyOf = keyOf;
    this.more = this.more.bind(this);
    this.refresh = this.refresh.bind(this);
    this.#renewing = new Paced(client.clock, GAP_MS, async () => {
      if (this.active) await this.#renew();
      else this.#loaded = false;
    });
  }

  /** @protected */
  started() {
    if (!this.#loaded) this.refresh();
  }

  /** Loads the next page. */
  async more() {
    if (!this.#loaded) return this.refresh();
    if (this.state.loading || !this.state.hasMore) return undefined;
    return this.#run(this.state.items, this.#next);
  }

  /** Loads the first page anew, in place of all items. */
  refresh() {
    this.#loaded = true;
    return this.#run([], null);
  }

  /** Reads the first page anew, soon, or with the next subscriber. */
  outdated() {
    if (this.active) this.#renewing.ask();
    else this.#loaded = false;
  }

  /**
   * Changes items of which something was told.
   * @param {(items: readonly T[]) => readonly T[]} change
   */
  update(change) {
    this.set({ items: Object.freeze(change(this.state.items)) });
  }

  /** Reads the first page anew. The items after it stay if it is known which these are. */
  async #renew() {
    const { keyOf } = this;
    if (!keyOf || this.state.loading || this.state.error) return this.refresh();
    const run = this.#runs;
    const page = await this.load(null).catch(() => null);
    if (run !== this.#runs) return undefined;
    if (!page) return this.refresh(); // with retries
    const first = new Set(page.items.map(keyOf));
    return this.update((items) => [...page.items, ...items.filter((item) => !first.has(keyOf(item)))]);
  }

  /**
   * @param {readonly T[]} before
   * @param {string | null} next
   */
  async #run(before, next) {
    const run = ++this.#runs;
    this.set({ loading: true, error: null });
    let items = before;
    for (let failures = 0; run === this.#runs; ) {
      try {
        const page = await this.load(next);
        if (run !== this.#runs) return;
        items = Object.freeze([...items, ...page.items]);
        next = this.#next = page.next;
        const empty = items.length === before.length && next !== null; // more of it may be on the next page
        this.set({ items, hasMore: next !== null, loading: empty });
        if (!empty) return;
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (run !== this.#runs) return;
        if (!error.temporary) {
          this.set({ loading: false, error });
          return;
        }
        await sleep(this.client.clock, retryPause(error, failures++));
      }
    }
  }
}

/**
 * How a page is asked for, and where its items are.
 * @type {Readonly<Record<string, { items: string, cursor?: string, keyOf?: (item: any) => string }>>}
 */
const LISTS = Object.freeze({
  getThreads: { items: 'threads', keyOf: ({ room, thread }) => `${room} ${thread}` },
  getMentions: { items: 'messages', keyOf: ({ room, seq }) => `${room} ${seq}` },
  searchMessages: { items: 'messages', cursor: 'cursor' },
  listMembers: { items: 'members' },
  listPins: { items: 'messages' },
  listRooms: { items: 'rooms' },
  listUsers: { items: 'users' },
  listBans: { items: 'sanctions' },
  listMutes: { items: 'sanctions' },
  listReactions: { items: 'reactions' },
  listBlocked: { items: 'users' },
  listAudit: { items: 'entries' },
  listInvitations: { items: 'invitations' },
});

/**
 * @param {Client} client
 * @param {keyof CallMap} method
 * @param {object} params
 * @param {(page: any) => readonly any[]} [items] of a page
 * @returns {Pages<any>}
 */
export function pagesOf(client, method, params, items) {
  const list = LISTS[method];
  if (!list) throw new TypeError(`${method}: its reply has no pages`);
  const load = async (/** @type {string | null} */ next) => {
    const from = next === null ? {} : { [list.cursor ?? 'after']: next };
    const page = await client.queue.call(method, { ...params, ...from });
    return { items: items ? items(page) : page[list.items], next: page.next };
  };
  return new Pages(client, load, list.keyOf);
}
