// The connection to the server: calls and events over a WebSocket, which is opened again when it is
// lost, and messages for errors. Independent of rooms.

export class Refused extends Error {
  constructor({ reason, message, temporary = false, retryAfterMs }) {
    super(message);
    Object.assign(this, { reason, temporary, retryAfterMs });
  }
}

const WORDS = {
  rate_limited: 'Too much at once. Please wait a moment and try again.',
  storage_full: 'The server has no space left; nothing was kept.',
  internal: 'Something went wrong on the server. Please try again.',
  busy: 'The server is busy. Please try again.',
  lost: 'There is no connection. Please try again.',
};

/** Returns a message for people about a refusal. */
export function errorText({ reason, message }) {
  if (WORDS[reason]) return WORDS[reason];
  if (reason === 'quota_exceeded') return `A limit is reached: ${message}.`;
  const text = reason === 'invalid_params' ? message : message.replace(/^[\w.-]+(, [\w.-]+)*: /, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const ENDINGS = {
  // The token is kept, since a server with a wrong clock refuses valid tokens.
  4500: ['Your log-in has expired, or the server does not know it. Please log in again.', false],
  4501: ['You have been logged out.', true],
  4502: ['The server closed the connection, because this page sent too much. Wait a minute, then try again.', false],
  4503: ['The connection is too slow to log in. Please try again.', false],
  4504: ['You are connected in too many places. Close other tabs or apps, or end a log-in, then try again.', false],
};

/** Returns why the server ended the session, and whether to forget the token. */
export const endingText = (code) => ENDINGS[code] ?? ['The server closed the connection. Please try again.', false];

/**
 * Returns a UUID ordered by time, so that the server's index grows at its end. crypto.randomUUID is not ordered, and
 * needs HTTPS.
 */
export function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const [view, time] = [new DataView(bytes.buffer), BigInt(Date.now())];
  view.setBigUint64(0, (time << 16n) | 0x7000n | BigInt(view.getUint16(6) & 0xfff));
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/** Removes NUL and lone surrogates. The server refuses a frame with them without reading the call's id. */
export const sendable = (text) => text.toWellFormed().replaceAll('\0', '');

const encode = (value) => JSON.stringify(value, (_, part) => (typeof part === 'string' ? sendable(part) : part));

export const post = (path, body, token) => ask('POST', path, body, token);

/** Makes an HTTP request. It is completed even if the page is closed (`keepalive`). */
export async function ask(method, path, body, token) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const request = { method, headers, body: body ? encode(body) : undefined, keepalive: true };
  const answer = await fetch(path, request).catch(() => {
    throw new Refused({ reason: 'unreachable', message: 'the server cannot be reached' });
  });
  const content = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(content.error ?? { reason: 'internal', message: '' });
  return content;
}

/** Calls `connected`, `event`, `lost` (it reconnects) and `ended` (it does not) of the listener. */
export class Connection {
  constructor(token, listener) {
    Object.assign(this, { token, listener, socket: null, ready: false, failures: 0, lastId: 0 });
    this.calls = new Map();
    this.keepAlive = setInterval(() => {
      // A page does not see the server's pings. A call shows whether a silent connection still works.
      if (this.ready && Date.now() - this.receivedAt > 25000) this.call('getInbox', { limit: 1 }).catch(() => {});
    }, 5000);
    this.open();
  }

  open() {
    this.retry = clearTimeout(this.retry);
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws`, 'chatroom.v1');
    this.socket = socket;
    this.deadline = setTimeout(() => this.closed(1006), 10000);
    socket.onclose = ({ code }) => this.closed(code);
    socket.onmessage = ({ data }) => this.receive(JSON.parse(data));
    socket.onopen = async () => {
      try {
        const connected = await this.send('connect', { token: this.token });
        clearTimeout(this.deadline);
        Object.assign(this, { ready: true, failures: 0 });
        this.listener.connected(connected);
      } catch (error) {
        this.closed({ unauthenticated: 4500, quota_exceeded: 4504 }[error.reason] ?? 1006, error.retryAfterMs);
      }
    };
  }

  receive({ id, method, params, result, error }) {
    this.receivedAt = Date.now();
    if (method) return this.listener.event(method, params);
    const call = this.calls.get(id);
    this.calls.delete(id);
    clearTimeout(call?.timer);
    return error ? call?.reject(new Refused({ ...error.data, message: error.message })) : call?.resolve(result);
  }

  call(method, params) {
    if (this.ready) return this.send(method, params);
    return Promise.reject(new Refused({ reason: 'lost', message: 'no connection' }));
  }

  send(method, params) {
    return new Promise((resolve, reject) => {
      const id = ++this.lastId;
      this.calls.set(id, { resolve, reject, timer: setTimeout(() => this.closed(1006), 10000) });
      this.socket.send(encode({ jsonrpc: '2.0', id, method, params }));
    });
  }

  closed(code, retryAfterMs = 0) {
    if (!this.socket) return;
    this.stop();
    if (code >= 4500 && code < 5000) return this.listener.ended(code);
    const delay = Math.random() * Math.min(30000, 500 * 2 ** this.failures++); // full jitter
    this.retry = setTimeout(() => this.open(), Math.max(retryAfterMs, delay));
    return this.listener.lost();
  }

  /** Reconnects now, instead of after the pause. */
  reconnectNow() {
    if (this.retry) this.open();
  }

  stop() {
    Object.assign(this.socket ?? {}, { onopen: null, onmessage: null, onclose: null });
    this.socket?.close();
    Object.assign(this, { socket: null, ready: false });
    clearTimeout(this.deadline);
    this.retry = clearTimeout(this.retry);
    for (const { reject, timer } of this.calls.values()) {
      clearTimeout(timer);
      reject(new Refused({ reason: 'lost', message: 'the connection was lost' }));
    }
    this.calls.clear();
  }

  end() {
    this.stop();
    clearInterval(this.keepAlive);
  }
}
