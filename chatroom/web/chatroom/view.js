import { nextFrame } from './clock.js';

/**
 * Delivers notifications of changes, at most once a frame: the first one in a microtask, later ones with the next frame.
 * All views of a client share one batch, so that a page is drawn once.
 */
export class Batch {
  /** @param {import('./clock.js').Clock} clock */
  constructor(clock) {
    this.clock = clock;
    /** @type {Set<View<any>>} */
    this.changed = new Set();
    this.waiting = false;
    /** Whether the last ones are not on the screen yet. */
    this.drawing = false;
  }

  /** @param {View<any>} view */
  add(view) {
    this.changed.add(view);
    if (this.waiting) return;
    this.waiting = true;
    if (!this.drawing) queueMicrotask(() => this.flush());
  }

  flush() {
    this.waiting = false;
    this.drawing = true;
    nextFrame(this.clock, () => {
      this.drawing = false;
      if (this.waiting) this.flush();
    });
    const views = [...this.changed];
    this.changed.clear();
    for (const view of views) view.notify();
  }
}

/**
 * A value that changes: `state` is an immutable snapshot, `subscribe` tells of the next ones.
 * @template {object} S
 */
export class View {
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #dirty = false;
  #state;
  #batch;

  /**
   * @param {Batch} batch
   * @param {S} state the first one
   */
  constructor(batch, state) {
    this.#batch = batch;
    this.#state = Object.freeze(state);
    this.subscribe = this.subscribe.bind(this);
  }

  /** @returns {S} the latest snapshot */
  get state() {
    if (this.#dirty) {
      this.#dirty = false;
      this.#state = Object.freeze(sameParts(this.#state, this.snapshot()));
    }
    return this.#state;
  }

  /**
   * @param {() => void} listener called after changes, at most once a batch
   * @returns {() => void} ends the subscription
   */
  subscribe(listener) {
    const call = () => listener();
    this.#listeners.add(call);
    if (this.#listeners.size === 1) this.started();
    return () => {
      if (this.#listeners.delete(call) && !this.#listeners.size) this.stopped();
    };
  }

  /** @returns {boolean} */
  get active() {
    return this.#listeners.size > 0;
  }

  /**
   * Makes the next snapshot. A part that equals the present one is replaced by that.
   * @protected
   * @returns {S}
   */
  snapshot() {
    return this.#state;
  }

  /**
   * Called with the first subscriber.
   * @protected
   */
  started() {}

  /**
   * Called after the last subscriber.
   * @protected
   */
  stopped() {}

  /** Says that the next snapshot may differ. */
  change() {
    this.#dirty = true;
    this.#batch.add(this);
  }

  /**
   * Replaces some properties.
   * @param {Partial<S>} changes
   */
  set(changes) {
    const before = this.state;
    this.#state = Object.freeze(sameParts(before, { ...before, ...changes }));
    if (this.#state !== before) this.#batch.add(this);
  }

  /** Calls the listeners if there is another snapshot than at the last time. */
  notify() {
    if (this.state === this.#notified) return;
    this.#notified = this.state;
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** @type {S | null} */
  #notified = null;
}

/**
 * Returns `next` with those properties that equal the ones of `before` replaced by them; `before` if all are.
 * @template {object} S
 * @param {S} before
 * @param {S} next
 * @returns {S}
 */
function sameParts(before, next) {
  if (before === next) return before;
  let same = true;
  for (const key of /** @type {(keyof S)[]} */ (Object.keys(next))) {
    if (equal(before[key], next[key])) next[key] = before[key];
    else same = false;
  }
  return same && Object.keys(before).length === Object.keys(next).length ? before : next;
}

/**
 * Compares values, and arrays and plain objects by their parts, one level deep.
 * @param {unknown} a
 * @param {unknown} b
 * @returns {boolean}
 */
export function equal(a, b) {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, at) => one === b[at]);
  if (!isPlain(a) || !isPlain(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
const isPlain = (value) =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
