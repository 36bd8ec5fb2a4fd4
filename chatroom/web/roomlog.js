// The loaded part of one room's log. Independent of the connection.

/** Messages that stay loaded when older ones are dropped. */
const MIN_KEPT = 250;

/**
 * The loaded messages of a room: all of the main log from seq `low` on, as of revision `rev`. `generation` counts how often all of them
 * were replaced: after a rollback, other messages have the same seqs and revs.
 */
export class RoomLog {
  constructor() {
    Object.assign(this, { epoch: null, rev: 0, low: 1, firstSeq: 1, head: 0, generation: 0, messages: new Map() });
  }

  /** Puts a message, unless it is in a thread: the page shows the main log. */
  put(message) {
    const known = this.messages.get(message.seq);
    if (!message.thread && (!known || known.rev <= message.rev)) this.messages.set(message.seq, message);
    this.head = Math.max(this.head, message.seq);
  }

  /** Applies a page of `subscribe`: the missed changes, or the latest page, which replaces all messages. */
  applyPage(page) {
    if (!page.recovered) {
      this.messages.clear();
      this.generation++;
      this.low = page.messages[0]?.seq ?? page.headSeq + 1;
    }
    page.messages.forEach((message) => this.put(message));
    Object.assign(this, { epoch: page.epoch, rev: page.nextRev, firstSeq: page.firstSeq, head: page.headSeq });
  }

  /** Applies an event, whose message may be null. Returns false if an earlier change is missing. */
  applyEvent({ epoch, rev }, message) {
    if (epoch !== this.epoch || rev > this.rev + 1) return false;
    if (rev === this.rev + 1 && message) this.put(message);
    this.rev = Math.max(this.rev, rev);
    return true;
  }

  prepend(page, before) {
    if (before !== this.low || page.epoch !== this.epoch) return; // replaced meanwhile
    page.messages.forEach((message) => this.put(message));
    this.firstSeq = page.firstSeq;
    this.low = page.messages[0]?.seq ?? page.firstSeq;
  }

  /** Drops the oldest messages if there are many. Scrolling up loads them again. */
  shorten() {
    if (this.messages.size <= 2 * MIN_KEPT) return;
    this.low = [...this.messages.keys()].sort((a, b) => b - a)[MIN_KEPT - 1];
    for (const seq of this.messages.keys()) if (seq < this.low) this.messages.delete(seq);
  }

  list() {
    return [...this.messages.values()].filter(({ seq }) => seq >= this.low).sort((a, b) => a.seq - b.seq);
  }
}
