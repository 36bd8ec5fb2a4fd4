// Makes the page's connection misbehave, as `faults` says, and notes in `seen` what goes over it.
// In the page itself, since Playwright's routes wait for the thread of the test.
window.faults = {
    /** The reason with which calls of a method are answered; they never reach the server. */
    refusing: {},
    /** The only room in which they are; null for all. */
    refusingIn: null,
    /** The event `{ method, text }` of which the page does not hear; without a text, all of the method. */
    losing: null,
    /** Ends the connection with that close code. */
    shut: null,
    /** Tells the page an event. */
    push: null,
};
window.seen = { calls: {}, events: {}, refused: 0, recovered: [], token: null };

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
            const { method, params, result } = JSON.parse(event.data);
            if (result && 'recovered' in result) seen.recovered.push(result.recovered);
            if (method) seen.events[method] = (seen.events[method] ?? 0) + 1;
            const { losing } = faults;
            if (losing && method === losing.method && params.text === (losing.text ?? params.text)) return;
            hear(event);
        });
    }

    send(data) {
        const { id, method, params } = JSON.parse(data);
        seen.calls[method] = (seen.calls[method] ?? 0) + 1;
        if (method === 'connect') seen.token = params.token;
        const { refusingIn, refusing: { [method]: reason } } = faults;
        if (!reason || (refusingIn && params.room !== refusingIn)) return super.send(data);
        seen.refused += 1;
        const temporary = !['forbidden', 'quota_exceeded'].includes(reason);
        const error = { message: reason, data: { reason, temporary, retryAfterMs: 50 } };
        setTimeout(() => this.#tell({ id, error }));
    }
};
