import { systemClock } from './clock.js';

/** Makes UUIDs of version 7, each greater than the one before, also if the clock goes back. */
export class Ids {
  #time = 0;
  #count = 0;

  /**
   * @param {import('./clock.js').Clock} clock
   */
  constructor(clock) {
    this.clock = clock;
  }

  /** @returns {string} */
  next() {
    const now = this.clock.now();
    if (now > this.#time) [this.#time, this.#count] = [now, 0];
    else if (++this.#count > 0xfff) [this.#time, this.#count] = [this.#time + 1, 0];
    return format(this.#time, this.#count);
  }

  /**
   * Makes later ids greater than a known one.
   * @param {string} id
   */
  after(id) {
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    if (isUuid7(id) && time >= this.#time) [this.#time, this.#count] = [time + 1, 0];
  }
}

/**
 * Returns a UUID ordered by time, so that the server's index grows at its end.
 * @returns {string}
 */
export const uuid7 = () => shared.next();

const shared = new Ids(systemClock);

/**
 * @param {string} id
 * @returns {boolean}
 */
const isUuid7 = (id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id);

/**
 * @param {number} time in ms
 * @param {number} count 12 bits
 */
function format(time, count) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(time / 2 ** 32));
  view.setUint32(2, time >>> 0);
  view.setUint16(6, 0x7000 | count);
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
