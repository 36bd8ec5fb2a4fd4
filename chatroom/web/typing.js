// Typing notifications of the open room, received and sent. Independent of the DOM.

/** Lifetime of a received notification, and interval of sent ones. */
const LIFETIME_MS = 6000;
/** Time without input after which typing has ended. */
const IDLE_MS = 5000;

/** `changed()` is called when `users` has changed. `send(typing)` notifies the server. */
export class Typing {
  constructor(changed, send) {
    Object.assign(this, { changed, send, typists: new Map(), sentAt: 0 });
  }

  get users() {
    return [...this.typists.keys()];
  }

  receive(user, typing) {
    clearTimeout(this.typists.get(user));
    const stop = () => this.typists.delete(user) && this.changed();
    if (typing) this.typists.set(user, setTimeout(stop, LIFETIME_MS));
    else stop();
  }

  /** Handles input. Notifies the server at the start of typing, at intervals, and at the end. */
  typed(something) {
    clearTimeout(this.idle);
    if (something) this.idle = setTimeout(() => this.typed(false), IDLE_MS);
    if (something ? Date.now() - this.sentAt <= LIFETIME_MS : !this.sentAt) return;
    this.sentAt = something ? Date.now() : 0;
    this.send(something);
  }

  /** Ends typing after a message was sent, without a notification: the server ends it too. */
  sent() {
    this.sentAt = 0;
    clearTimeout(this.idle);
  }

  /** Ends typing and drops all notifications. */
  clear() {
    this.typed(false);
    for (const timer of this.typists.values()) clearTimeout(timer);
    this.typists.clear();
  }
}
