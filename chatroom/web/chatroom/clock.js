/**
 * Time, which tests replace.
 * @typedef {object} Clock
 * @property {() => number} now ms since the epoch
 * @property {(work: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {(work: () => void) => void} [frame] does work with the next frame that is drawn; without it, 16 ms later
 */

const FRAME_MS = 16;
/** After this time work is done without a frame: a hidden page draws none. */
const MAX_FRAME_MS = 100;

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (work, ms) => setTimeout(work, ms),
  clearTimeout: (timer) => clearTimeout(timer),
  ...('requestAnimationFrame' in globalThis && { frame }),
};

/** @param {() => void} work */
function frame(work) {
  const run = () => {
    cancelAnimationFrame(request);
    clearTimeout(timer);
    work();
  };
  const request = requestAnimationFrame(run);
  const timer = setTimeout(run, MAX_FRAME_MS);
}

/** @param {Clock} clock @param {() => void} work */
export function nextFrame(clock, work) {
  if (clock.frame) clock.frame(work);
  else clock.setTimeout(work, FRAME_MS);
}

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
