/** @import { Refusal } from './types.js' */
import { CLOSE_CODES, TEMPORARY } from './protocol.js';

/**
 * Why a call failed at the client: the connection was lost, the deadline has passed, the caller gave it up, the
 * session has ended, a pending message was discarded, or an HTTP server cannot be reached.
 * @typedef {'lost' | 'timeout' | 'aborted' | 'ended' | 'discarded' | 'unreachable'} LocalReason
 */

/** @typedef {Refusal | LocalReason | (string & {})} Reason */

/** A call that failed. `message` is for developers; applications choose words by `reason`. */
export class CallError extends Error {
  /**
   * @param {Reason} reason
   * @param {string} [message]
   * @param {{ temporary?: boolean, retryAfterMs?: number, [key: string]: unknown }} [data] what the server says beside it
   */
  constructor(reason, message = '', data = {}) {
    super(message || reason);
    this.name = 'CallError';
    /** @type {Reason} */
    this.reason = reason;
    /** Whether the same call may succeed later. */
    this.temporary = data.temporary ?? TEMPORARY.includes(reason);
    /** @type {number | null} */
    this.retryAfterMs = data.retryAfterMs ?? null;
    /** @type {string | null} the parameter that `invalid_params` is about */
    this.field = (reason === 'invalid_params' && /^([\w.]+): /.exec(message)?.[1]) || null;
    this.data = data;
  }

  /**
   * @param {{ message?: string, data?: { reason?: string } }} error of a reply
   * @returns {CallError}
   */
  static from({ message, data }) {
    return new CallError(data?.reason ?? 'internal', message, data);
  }
}

/**
 * Why a session has ended.
 * @typedef {object} Ending
 * @property {'expired' | 'revoked' | 'violations' | 'no_connect' | 'too_many_sessions' | 'closed' | 'other'} reason
 * @property {number | null} code of the WebSocket
 * @property {CallError} [error] the refusal of `connect`
 */

/** @type {Record<string, Ending['reason']>} */
const ENDINGS = { bad_token: 'expired', revoked: 'revoked', violations: 'violations', no_connect: 'no_connect' };

/** @type {Readonly<Record<number, { name: string, comeBack: boolean }>>} */
const CODES = CLOSE_CODES;

/**
 * @param {number} code
 * @returns {boolean} whether to connect again after a connection was closed with this code
 */
export const mayComeBack = (code) => CODES[code]?.comeBack ?? (code < 4500 || code > 4999);

/**
 * @param {number} code
 * @param {CallError} [error]
 * @returns {Ending}
 */
export function endingOf(code, error) {
  const name = CODES[code]?.name ?? '';
  const reason = name === 'too_many_sessions' ? name : (ENDINGS[name] ?? 'other');
  return error ? { reason, code, error } : { reason, code };
}
