import { CallError } from './errors.js';

/** Answers without a body, by their status. */
const REASONS = { 401: 'unauthenticated', 404: 'not_found', 409: 'conflict', 413: 'too_large', 429: 'rate_limited' };

/** @typedef {{ method: string, headers?: Record<string, string>, body?: BodyInit, signal?: AbortSignal, keepalive?: boolean }} HttpRequest */

/** Requests to the server, with the token or with the page's cookie. */
export class Http {
  /**
   * @param {string} url
   * @param {() => Promise<string | null>} token
   * @param {typeof globalThis.fetch} fetch
   * @param {boolean} cookie whether requests without a token are by cookie
   */
  constructor(url, token, fetch, cookie) {
    this.url = url.replace(/\/$/, '');
    this.token = token;
    this.fetch = fetch;
    this.cookie = cookie;
  }

  /**
   * @param {string} path
   * @param {HttpRequest} request
   * @returns {Promise<Response>} with a status of 2xx; others are a CallError
   */
  async send(path, { headers, ...request }) {
    const token = await this.token();
    const all = { ...headers };
    if (token !== null) all.Authorization = `Bearer ${token}`;
    else if (this.cookie) all['Chatroom-Token'] = 'cookie';
    let response;
    try {
      response = await this.fetch(this.url + path, { ...request, headers: all, credentials: 'same-origin' });
    } catch (error) {
      if (request.signal?.aborted) throw new CallError('aborted', 'given up');
      throw new CallError('unreachable', 'the server cannot be reached', { temporary: true, cause: error });
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }

  /**
   * Makes a request of the API. It is completed even if the page is closed.
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async json(method, path, body) {
    const headers = { 'Content-Type': 'application/json' };
    const request = { method, headers, keepalive: true, ...(body && { body: JSON.stringify(body) }) };
    const response = await this.send(path, request);
    return response.status === 204 ? {} : response.json();
  }

  /** @param {string} path that the server gave @returns {string} */
  absolute(path) {
    return this.url + path;
  }
}

/** @param {Response} response @returns {Promise<CallError>} */
async function refusal(response) {
  const { error } = await response.json().catch(() => ({}));
  const { status } = response;
  const reason = error?.reason ?? /** @type {Record<number, string>} */ (REASONS)[status] ?? 'internal';
  const after = Number(response.headers.get('Retry-After')) * 1000;
  return new CallError(reason, error?.message ?? `HTTP ${status}`, {
    status,
    temporary: status >= 500 || status === 429,
    retryAfterMs: error?.retryAfterMs ?? (after || undefined),
  });
}
