// Limits how often calls are made.

const MAX_PAUSE_MS = 30000;

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Returns the pause in ms before a temporarily refused call is repeated. It doubles with each failure. */
export const pause = ({ retryAfterMs = 1000 }, failures = 0) =>
  Math.max(retryAfterMs, Math.min(MAX_PAUSE_MS, retryAfterMs * 2 ** failures));

/** Runs `work` when `ask()` is called, with a gap after each run. Calls during a run together cause one further run. */
export class Paced {
  constructor(gapMs, work) {
    Object.assign(this, { gapMs, work, asked: false, running: false });
  }

  async ask() {
    this.asked = true;
    if (this.running) return;
    this.running = true;
    while (this.asked) {
      this.asked = false;
      await this.work();
      await wait(this.gapMs);
    }
    this.running = false;
  }
}
