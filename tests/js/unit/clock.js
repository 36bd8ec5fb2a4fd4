// Time that passes only when a test says so.

export class VirtualClock {
  #now = 1_700_000_000_000;
  #timers = new Map();
  #id = 0;

  now = () => this.#now;
  setTimeout = (work, ms) => {
    this.#timers.set(++this.#id, { at: this.#now + Math.max(0, ms), work });
    return this.#id;
  };
  clearTimeout = (id) => void this.#timers.delete(id);

  /** Lets time pass, and what is due happen, each with all that follows from it. */
  async advance(ms) {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      const [id, { at, work }] = due;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      work();
      await settled();
    }
    this.#now = end;
  }
}

/** Waits until no promise is left that can be settled. */
export const settled = () => new Promise((done) => setImmediate(done));

/** Returns a function like Math.random that gives the same numbers for the same seed. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
