/**
 * @import { Clock } from './clock.js'
 * @import { Transport } from './transport.js'
 * @import { Calls } from './types.js'
 */
import { retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';
import { FRAME_BYTES, METHODS } from './protocol.js';
import { encode } from './socket.js';

const DEADLINE_MS = 30_000;
/** Maximum size of a call without its params. */
const MAX_ENVELOPE_BYTES = 256;

/**
 * @typedef {object} CallSettings
 * @property {AbortSignal} [signal] gives the call up
 * @property {number} [deadlineMs] after which it fails as `timeout`; Infinity: never
 * @property {(result: any) => any} [handle] called in the step of the reply, before any later event
 * @property {boolean} [once] on the present connection alone; it fails as `lost` with that
 */

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {object} params
 * @property {(result: any) => void} ok
 * @property {(error: CallError) => void} fail
 * @property {boolean} once
 * @property {number} attempts so far
 */

/** Calls that are made on as many connections as it takes, in the order in which they were asked for. */
export class CallQueue {
  /** @type {Set<Call>} */
  #unanswered = new Set();
  /** @type {CallError | null} */
  #ended = null;

  /**
   * @param {Clock} clock
   * @param {Transport} transport
   */
  constructor(clock, transport) {
    this.clock = clock;
    this.transport = transport;
  }

  /**
   * @param {string} method
   * @param {object} [params]
   * @param {CallSettings} [settings]
   * @returns {Promise<any>}
   */
  call(method, params = {}, { signal, deadlineMs = DEADLINE_MS, handle, once = false } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      if (signal?.aborted) return reject(aborted(method));
      if (tooLong(params)) return reject(new CallError('text_too_long', `${method}: too long for one frame`));
      const settle = () => {
        this.#unanswered.delete(call);
        this.clock.clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const call = {
        method,
        params,
        once,
        attempts: 0,
        ok: (/** @type {any} */ result) => {
          settle();
          resolve(handle ? handle(result) : result);
        },
        fail: (/** @type {CallError} */ error) => {
          settle();
          reject(error);
        },
      };
      const abort = () => call.fail(aborted(method));
      signal?.addEventListener('abort', abort);
      const late = () => call.fail(new CallError('timeout', `${method}: not answered in time`, { temporary: true }));
      const timer = Number.isFinite(deadlineMs) ? this.clock.setTimeout(late, deadlineMs) : null;
      this.#unanswered.add(call);
      if (once || this.transport.ready) this.#send(call);
      return undefined;
    });
  }

  /** Makes the calls that earlier connections left unanswered. */
  connected() {
    for (const call of [...this.#unanswered]) if (!call.once) this.#send(call);
  }

  /** Fails all calls, and later ones. @param {CallError | null} error null: calls wait again */
  end(error) {
    this.#ended = error;
    if (error) for (const call of [...this.#unanswered]) call.fail(error);
  }

  /** @param {Call} call */
  #send(call) {
    call.attempts++;
    this.transport.ask(call.method, call.params, {
      ok: (result) => {
        if (this.#unanswered.has(call)) call.ok(result);
      },
      fail: (error) => {
        if (!this.#unanswered.has(call)) return;
        if (error.reason === 'lost' && !call.once) return; // until the next connection
        if (error.reason === 'busy') this.#later(call, error);
        else call.fail(error);
      },
    });
  }

  /**
   * Makes a call again that the server, which drains, did not take.
   * @param {Call} call
   * @param {CallError} error
   */
  async #later(call, error) {
    const { attempts, once } = call;
    await sleep(this.clock, retryPause(error, 0));
    if (this.#unanswered.has(call) && call.attempts === attempts && (once || this.transport.ready)) this.#send(call);
  }
}

/** @param {string} method */
const aborted = (method) => new CallError('aborted', `${method}: given up`);

/** @param {object} params */
function tooLong(params) {
  const json = encode(params);
  if (json.length * 3 < FRAME_BYTES - MAX_ENVELOPE_BYTES) return false;
  return new TextEncoder().encode(json).length > FRAME_BYTES - MAX_ENVELOPE_BYTES;
}

/**
 * Returns a typed method for each call of the protocol.
 * @param {(method: string, params?: object, options?: { signal?: AbortSignal, deadlineMs?: number }) => Promise<any>} call
 * @returns {Calls}
 */
export function methods(call) {
  const made = METHODS.map((method) => [
    method,
    (/** @type {object} */ params, /** @type {{ signal?: AbortSignal, deadlineMs?: number }} */ options) =>
      call(method, params, options && { signal: options.signal, deadlineMs: options.deadlineMs }),
  ]);
  return Object.freeze(Object.fromEntries(made));
}
