// The user's inbox: one entry with unread counts per room. Independent of the DOM.
import { Paced, pause, wait } from './pace.js';

/** Time to wait for the `unread` event of a new room. Without it, the inbox is loaded. */
const EVENT_MS = 1000;
/** Minimum pause between two loads of the inbox. */
const RELOAD_GAP_MS = 5000;

/** `chat.loaded()` is called after each page. */
export class Inbox {
  constructor(chat) {
    Object.assign(this, { chat, entries: new Map(), missing: new Map(), stale: new Set(), loading: null });
    this.reload = new Paced(RELOAD_GAP_MS, () => this.loadMissing());
  }

  /** Applies an entry. `served` keeps the server's counts, to which this page adds later messages. */
  put(entry) {
    this.entries.set(entry.room, { ...entry, served: entry });
    this.missing.delete(entry.room);
    this.stale.delete(entry.room);
    if (entry.with) this.chat.people.put(entry.with);
  }

  drop(room) {
    this.entries.delete(room);
    this.missing.delete(room);
  }

  /** Notes a room whose entry is missing. */
  expect(room) {
    if (this.entries.has(room) || this.missing.has(room)) return;
    this.missing.set(room, Date.now());
    this.reload.ask();
  }

  async loadMissing() {
    const began = Date.now();
    await wait(EVENT_MS);
    // The events of rooms noted since then may still come. They have requested another run.
    if ([...this.missing.values()].every((since) => since > began)) return;
    this.missing.clear();
    await this.load();
  }

  /** Loads all pages, after `first` if it is given. Rooms without an entry are dropped. A later call cancels this one. */
  async load(first) {
    const loading = (this.loading = {});
    this.stale = new Set(this.entries.keys());
    let [page, after, failures] = [first, undefined, 0];
    for (;;) {
      try {
        page ??= await this.chat.call('getInbox', { after });
      } catch (error) {
        if (!error.temporary) return;
        await wait(pause(error, failures++));
      }
      if (this.loading !== loading) return;
      if (!page) continue;
      page.rooms.forEach((entry) => this.put(entry));
      if (!page.next) break;
      [page, after] = [null, page.next];
      this.chat.loaded();
    }
    for (const room of this.stale) this.entries.delete(room);
    this.chat.loaded();
  }
}
