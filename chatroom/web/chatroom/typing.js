/** @import { Clock } from './clock.js' */

/** Lifetime of a received notification, and interval of sent ones. */
const LIFETIME_MS = 6_000;
/** Time without input after which typing has ended. */
const IDLE_MS = 5_000;

/** Who types in the main log of a room or in a thread, and whether I do. */
export class Typing {
  /** Names. @type {readonly string[]} */
  users = [];
  /** @type {Map<string, any>} */
  #typists = new Map();
  #sentAt = 0;
  /** @type {any} */
  #idle = null;

  /**
   * @param {Clock} clock
   * @param {() => void} changed
   * @param {(typing: boolean) => void} send
   */
  constructor(clock, changed, send) {
    this.clock = clock;
    this.changed = changed;
    this.send = send;
  }

  /**
   * Handles a notification. Typing ends with a message, too.
   * @param {string} user
   * @param {boolean} typing
   */
  receive(user, typing) {
    const known = this.#typists.get(user);
    if (!typing && known === undefined) return;
    this.clock.clearTimeout(known);
    if (typing) this.#typists.set(user, this.clock.setTimeout(() => this.receive(user, false), LIFETIME_MS));
    else this.#typists.delete(user);
    if (typing === (known !== undefined)) return;
    this.users = Object.freeze([...this.#typists.keys()]);
    this.changed();
  }

  /** Handles input: tells the server at the start of typing, at intervals, and at the end. @param {boolean} hasText */
  typed(hasText) {
    this.clock.clearTimeout(this.#idle);
    if (hasText) this.#idle = this.clock.setTimeout(() => this.typed(false), IDLE_MS);
    const now = this.clock.now();
    if (hasText ? this.#sentAt && now - this.#sentAt <= LIFETIME_MS : !this.#sentAt) return;
    this.#sentAt = hasText ? now : 0;
    this.send(hasText);
  }

  /** Notes that a message was sent, with which the server ends typing. */
  sent() {
    this.#sentAt = 0;
    this.clock.clearTimeout(this.#idle);
  }

  /** Drops all notifications. */
  clear() {
    for (const timer of this.#typists.values()) this.clock.clearTimeout(timer);
    this.#typists.clear();
    this.users = [];
  }
}
