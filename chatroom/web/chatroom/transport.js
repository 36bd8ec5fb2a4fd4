/**
 * @import { Clock } from './clock.js'
 * @import { Ending } from './errors.js'
 * @import { Answer, Socket } from './socket.js'
 * @import { Connected } from './types.js'
 */
import { CallError, endingOf, mayComeBack } from './errors.js';
import { SUBPROTOCOL } from './protocol.js';
import { Connection } from './socket.js';

/** Time for a new connection to be made and for `connect` to be answered. */
const CONNECT_MS = 15_000;
/** Maximum pause before the first attempt to connect again, and before later ones. */
const [MIN_BACKOFF_MS, MAX_BACKOFF_MS] = [500, 30_000];

/**
 * A token, or a function that gives one for each connection; none: by cookie.
 * @typedef {string | (() => string | Promise<string>) | null | undefined} Token
 */

/**
 * @typedef {object} TransportOptions
 * @property {string} url of the server
 * @property {Token} token
 * @property {new (url: string, protocol: string) => Socket} WebSocket
 * @property {Clock} clock
 * @property {() => number} random
 */

/**
 * @typedef {object} TransportListener
 * @property {(status: 'connecting' | 'waiting', retryAt: number | null) => void} connecting
 * @property {(connected: Connected) => void} connected called in the step of the reply, before any event
 * @property {() => void} lost
 * @property {(ending: Ending) => void} ended it does not connect again by itself
 * @property {(method: any, params: any) => void} event
 */

/** Keeps one connection to the server, by one WebSocket after the other. */
export class Transport {
  /** @type {Connection | null} */
  #connection = null;
  #ready = false;
  #failures = 0;
  #attempt = 0;
  #refused = 0;
  /** @type {string | null | undefined} */
  #token;
  /** @type {any} */
  #timer = null;
  /** @type {'idle' | 'connecting' | 'connected' | 'waiting' | 'ended'} */
  status = 'idle';

  /**
   * @param {TransportOptions} options
   * @param {TransportListener} listener
   */
  constructor(options, listener) {
    this.options = options;
    this.listener = listener;
    this.address = `${options.url.replace(/^http/, 'ws').replace(/\/$/, '')}/ws`;
  }

  get ready() {
    return this.#ready;
  }

  /** Connects now; tests the present connection if there is one. */
  connect() {
    if (this.#ready) this.#connection?.ping();
    else if (this.status !== 'connecting') this.#open();
  }

  /**
   * Makes a call on the present connection alone.
   * @param {string} method
   * @param {object} params
   * @param {Answer} answer called in the step of the reply
   */
  ask(method, params, answer) {
    if (this.#ready && this.#connection) this.#connection.send(method, params, answer);
    else answer.fail(new CallError('lost', 'no connection', { temporary: true }));
  }

  /** @param {Ending} ending */
  end(ending) {
    const was = this.status;
    this.#stop();
    this.status = 'ended';
    if (was !== 'ended') this.listener.ended(ending);
  }

  /** @returns {Promise<string | null>} the token of the present connection; null: by cookie */
  async token() {
    return this.#token === undefined ? this.#newToken() : this.#token;
  }

  async #newToken() {
    const { token } = this.options;
    this.#token = (typeof token === 'function' ? await token() : token) ?? null;
    return this.#token;
  }

  async #open() {
    this.#stop();
    const attempt = this.#attempt;
    this.status = 'connecting';
    this.listener.connecting('connecting', null);
    try {
      const token = await this.#newToken();
      if (attempt !== this.#attempt) return;
      this.#dial(token === null ? {} : { token });
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error instanceof CallError && error.reason === 'unauthenticated') this.end(endingOf(4500, error));
      else this.#again(0);
    }
  }

  /** @param {{ token?: string }} params */
  #dial(params) {
    const { WebSocket, clock } = this.options;
    const socket = new WebSocket(this.address, SUBPROTOCOL);
    const event = (/** @type {any} */ method, /** @type {any} */ told) => this.listener.event(method, told);
    const connection = new Connection(socket, clock, event, (code) => this.#closed(code));
    this.#connection = connection;
    this.#timer = clock.setTimeout(() => this.#closed(1006), CONNECT_MS);
    socket.onopen = () => {
      connection.send('connect', params, {
        ok: (/** @type {Connected} */ connected) => this.#connected(connected),
        fail: (error) => this.#refuse(error),
      });
    };
  }

  /** @param {Connected} connected */
  #connected(connected) {
    this.options.clock.clearTimeout(this.#timer);
    this.#failures = this.#refused = 0;
    this.#ready = true;
    this.status = 'connected';
    this.#connection?.keepAlive();
    this.listener.connected(connected);
  }

  /** Handles the refusal of `connect`. @param {CallError} error */
  #refuse(error) {
    if (error.reason === 'lost') return;
    const fresh = typeof this.options.token === 'function' && this.#refused++ === 0;
    if (error.reason === 'unauthenticated' && !fresh) this.end(endingOf(4500, error));
    else if (error.reason === 'unauthenticated') this.#open(); // the token has just expired: ask for another one
    else if (error.reason === 'quota_exceeded') this.end(endingOf(4504, error));
    else this.#again(error.retryAfterMs ?? 0);
  }

  /** @param {number} code */
  #closed(code) {
    if (mayComeBack(code)) this.#again(0);
    else if (code === 4500 && typeof this.options.token === 'function' && this.#refused++ === 0) this.#again(0);
    else this.end(endingOf(code));
  }

  /** Connects after a pause with full jitter, so that clients do not all come back at once. @param {number} minMs */
  #again(minMs) {
    const { clock, random } = this.options;
    const wasReady = this.#ready;
    this.#stop();
    const backoff = random() * Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** this.#failures++);
    const pause = Math.max(minMs, backoff);
    this.status = 'waiting';
    this.#timer = clock.setTimeout(() => this.#open(), pause);
    if (wasReady) this.listener.lost();
    this.listener.connecting('waiting', clock.now() + pause);
  }

  #stop() {
    this.#attempt++;
    this.options.clock.clearTimeout(this.#timer);
    this.#ready = false;
    this.#connection?.close();
    this.#connection = null;
  }
}
