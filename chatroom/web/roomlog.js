// What is loaded of one room. Knows nothing of the connection.

const ENOUGH = 250;

/**
 * A room's messages as far as they are loaded: all from seq `low` on, as they were at revision `rev`. `begun` counts how
 * often they were replaced: after a rollback other messages have the same seqs and revs.
 */
export class RoomLog {
  constructor() {
    Object.assign(this, { epoch: null, rev: 0, low: 1, firstSeq: 1, head: 0, begun: 0, messages: new Map() });
  }

  put(message) {
    const known = this.messages.get(message.seq);
    if (!known || known.rev <= message.rev) this.messages.set(message.seq, message);
    this.head = Math.max(this.head, message.seq);
  }

  /** A page of `subscribe`: what was missed, or the latest page to begin anew with. */
  follow(page) {
    if (!page.recovered) {
      this.messages.clear();
      this.begun++;
      this.low = page.messages[0]?.seq ?? page.headSeq + 1;
    }
    page.messages.forEach((message) => this.put(message));
    Object.assign(this, { epoch: page.epoch, rev: page.nextRev, firstSeq: page.firstSeq, head: page.headSeq });
  }

  /** An event's message; false when something before it is missing. */
  hear(message) {
    if (message.epoch !== this.epoch || message.rev > this.rev + 1) return false;
    if (message.rev === this.rev + 1) this.put(message);
    this.rev = Math.max(this.rev, message.rev);
    return true;
  }

  prepend(page, before) {
    if (before !== this.low || page.epoch !== this.epoch) return; // begun anew meanwhile
    page.messages.forEach((message) => this.put(message));
    this.firstSeq = page.firstSeq;
    this.low = page.messages[0]?.seq ?? page.firstSeq;
  }

  /** Drops the oldest when they have become many; scrolling up fetches them again. */
  shorten() {
    if (this.messages.size <= 2 * ENOUGH) return;
    this.low = [...this.messages.keys()].sort((a, b) => b - a)[ENOUGH - 1];
    for (const seq of this.messages.keys()) if (seq < this.low) this.messages.delete(seq);
  }

  list() {
    return [...this.messages.values()].filter(({ seq }) => seq >= this.low).sort((a, b) => a.seq - b.seq);
  }
}
