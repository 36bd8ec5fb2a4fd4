/** @import { Clock } from './clock.js' */
import { CallError } from './errors.js';

/** Silence after which a ping is sent, and while calls are not answered. */
const [IDLE_MS, WAITING_MS] = [20_000, 5_000];
/** Time in which something has to arrive after a ping. */
const PING_MS = 8_000;
const CHECK_MS = 2_500;

/**
 * What becomes of a call: a result, an error of the server, or that the connection was lost.
 * @typedef {{ ok: (result: any) => void, fail: (error: CallError) => void }} Answer
 */

/** The part of a WebSocket that is used. @typedef {Pick<WebSocket, 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose' | 'onerror'>} Socket */

/**
 * Removes NUL and lone surrogates: the server refuses a frame with them without reading the id of the call.
 * @param {string} _
 * @param {unknown} value
 */
const sendable = (_, value) => (typeof value === 'string' ? wellFormed(value).replaceAll('\0', '') : value);

/** @type {(text: string) => string} */
const wellFormed = (text) => /** @type {any} */ (text).toWellFormed();

/**
 * @param {unknown} value
 * @returns {string} JSON that the server takes
 */
export const encode = (value) => JSON.stringify(value, sendable);

/**
 * One connection: calls, replies and events over an open WebSocket. Answers and events are handled in the order in
 * which they arrive, each before the next one.
 */
export class Connection {
  /** @type {Map<number, Answer>} */
  #calls = new Map();
  #id = 0;
  #frames = 0;
  #ended = false;
  /** @type {any} */
  #check = null;
  /** @type {any} */
  #pinged = null;

  /**
   * @param {Socket} socket
   * @param {Clock} clock
   * @param {(method: any, params: any) => void} onEvent
   * @param {(code: number) => void} onClose called once, unless `close` was called
   */
  constructor(socket, clock, onEvent, onClose) {
    this.socket = socket;
    this.clock = clock;
    this.onEvent = onEvent;
    this.onClose = onClose;
    this.heardAt = clock.now();
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lost(code);
    socket.onerror = () => {};
  }

  /**
   * @param {string} method
   * @param {object} params
   * @param {Answer} answer
   */
  send(method, params, answer) {
    const id = ++this.#id;
    this.#calls.set(id, answer);
    this.socket.send(encode({ jsonrpc: '2.0', id, method, params }));
  }

  /** Begins to look for a connection that does not work any more: browsers hide the server's pings. */
  keepAlive() {
    this.#check = this.clock.setTimeout(() => {
      const silence = this.clock.now() - this.heardAt;
      if (silence >= (this.#calls.size ? WAITING_MS : IDLE_MS)) this.ping();
      this.keepAlive();
    }, CHECK_MS);
  }

  /** Ends the connection unless something arrives soon. */
  ping() {
    if (this.#pinged || this.#ended) return;
    const before = this.#frames;
    this.send('getInbox', { limit: 1 }, { ok() {}, fail() {} });
    this.#pinged = this.clock.setTimeout(() => {
      this.#pinged = null;
      if (this.#frames === before) this.#lost(1006);
    }, PING_MS);
  }

  /** @param {any} frame */
  #receive({ id, method, params, result, error }) {
    if (this.#ended) return;
    this.#frames++;
    this.heardAt = this.clock.now();
    if (method) {
      this.onEvent(method, params);
      return;
    }
    const answer = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) answer?.fail(CallError.from(error));
    else answer?.ok(result);
  }

  /** @param {number} code */
  #lost(code) {
    if (this.#ended) return;
    this.close();
    this.onClose(code);
  }

  /** Ends it without a word. Calls that are not answered fail as `lost`. */
  close() {
    if (this.#ended) return;
    this.#ended = true;
    this.clock.clearTimeout(this.#check);
    this.clock.clearTimeout(this.#pinged);
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const answer of calls) answer.fail(new CallError('lost', 'the connection was lost', { temporary: true }));
  }
}
