// Makes the page's connection misbehave, as `faults` says, and notes in `seen` what goes over it. It runs in the page itself,
// since Playwright's routes wait for the thread of the test.
window.faults = {
  /** The reason with which calls of a method are refused; they never reach the server. */
  refusing: {},
  /** The only room in which they are refused; null for all. */
  refusingIn: null,
  /** The method whose events the page does not get. */
  losing: null,
  /** Ends the connection with that close code. */
  shut: null,
  /** Tells the page an event. */
  push: null,
};
window.seen = { calls: {}, events: {}, refused: 0 };

const LASTING = ['forbidden', 'quota_exceeded'];

window.WebSocket = class extends WebSocket {
  constructor(...where) {
    super(...where);
    faults.shut = (code) => this.onclose({ code });
    faults.push = (method, params) => this.#tell({ method, params });
  }

  #tell(frame) {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }));
  }

  set onmessage(hear) {
    super.onmessage = hear && ((event) => {
      const { method } = JSON.parse(event.data);
      if (method) seen.events[method] = (seen.events[method] ?? 0) + 1;
      if (!method || method !== faults.losing) hear(event);
    });
  }

  send(data) {
    const { id, method, params } = JSON.parse(data);
    seen.calls[method] = (seen.calls[method] ?? 0) + 1;
    const { refusingIn, refusing: { [method]: reason } } = faults;
    if (!reason || (refusingIn && params.room !== refusingIn)) return super.send(data);
    seen.refused += 1;
    const error = { message: reason, data: { reason, temporary: !LASTING.includes(reason), retryAfterMs: 50 } };
    setTimeout(() => this.#tell({ jsonrpc: '2.0', id, error }));
  }
};
