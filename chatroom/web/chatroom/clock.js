/**
 * Time, which tests replace.
 * @typedef {object} Clock
 * @property {() => number} now ms since the epoch
 * @property {(work: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (work, ms) => setTimeout(work, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

/**
 * @param {Clock} clock
 * @param {number} ms
 * @returns {Promise<void>}
 */
export const sleep = (clock, ms) => new Promise((done) => void clock.setTimeout(() => done(), ms));

/** Maximum pause before a call that was refused temporarily is repeated, unless the server asks for a longer one. */
const MAX_PAUSE_MS = 30_000;

/**
 * Returns the pause before a call that was refused temporarily is repeated. It doubles with each failure.
 * @param {{ retryAfterMs?: number | null }} error
 * @param {number} failures so far
 * @returns {number} in ms
 */
export const retryPause = ({ retryAfterMs }, failures) =>
  Math.max(retryAfterMs ?? 0, Math.min(MAX_PAUSE_MS, 1000 * 2 ** failures));

/**
 * Runs work that was asked for, one run at a time with a pause after each. A request during a run causes one more.
 */
export class Paced {
  #asked = false;
  #running = false;

  /**
   * @param {Clock} clock
   * @param {number} gapMs
   * @param {() => Promise<void>} work does not reject
   */
  constructor(clock, gapMs, work) {
    this.clock = clock;
    this.gapMs = gapMs;
    this.work = work;
  }

  async ask() {
    this.#asked = true;
    if (this.#running) return;
    this.#running = true;
    while (this.#asked) {
      this.#asked = false;
      await this.work();
      await sleep(this.clock, this.gapMs);
    }
    this.#running = false;
  }
}
