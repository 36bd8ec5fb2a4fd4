// Work that many events ask for, and that must not become a flood of calls.

const MAX_PAUSE_MS = 30000;

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** How long to wait before a call that was refused for now is made again. It grows with the failures. */
export const pause = ({ retryAfterMs = 1000 }, failures = 0) =>
  Math.max(retryAfterMs, Math.min(MAX_PAUSE_MS, retryAfterMs * 2 ** failures));

/** Runs `work` for `ask()`: one at a time, with a gap after each. Requests that come meanwhile are one further run. */
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
