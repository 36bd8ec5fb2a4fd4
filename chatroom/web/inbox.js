// The conversations of one person, as the server counts them. Knows nothing of the DOM.
import { Paced, pause, wait } from '/pace.js';

/** The `unread` event of a new conversation comes at once; only without it is the inbox asked for. */
const EVENT_MS = 1000;
const RELOAD_GAP_MS = 5000;

/** `chat.loaded()` is called after each page. */
export class Inbox {
  constructor(chat) {
    Object.assign(this, { chat, entries: new Map(), missing: new Map(), stale: new Set(), loading: null });
    this.reload = new Paced(RELOAD_GAP_MS, () => this.loadMissing());
  }

  /** `told` keeps the server's counts when later messages are counted here. */
  put(entry) {
    this.entries.set(entry.room, { ...entry, told: entry });
    this.missing.delete(entry.room);
    this.stale.delete(entry.room);
    if (entry.with) this.chat.people.put(entry.with);
  }

  drop(room) {
    this.entries.delete(room);
    this.missing.delete(room);
  }

  /** A room whose entry is to come. */
  expect(room) {
    if (this.entries.has(room) || this.missing.has(room)) return;
    this.missing.set(room, Date.now());
    this.reload.ask();
  }

  async loadMissing() {
    const began = Date.now();
    await wait(EVENT_MS);
    // A later one still has its event to come, and has asked for another look.
    if ([...this.missing.values()].every((since) => since > began)) return;
    this.missing.clear();
    await this.load();
  }

  /** All pages, from that first one on if there is one. A room that is on none of them is gone. A later load ends this one. */
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
