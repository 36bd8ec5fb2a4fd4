// The people who type in the open room, this one too. Knows nothing of the DOM.

/** A sign of others is dropped after this time, so the own one is told again a little later. */
const SIGN_MS = 6000;
const IDLE_MS = 5000;

/** `changed()` is called when another list is to be shown; `tell(typing)` tells the server. */
export class Typing {
  constructor(changed, tell) {
    Object.assign(this, { changed, tell, typists: new Map(), toldAt: 0 });
  }

  get users() {
    return [...this.typists.keys()];
  }

  hear(user, typing) {
    clearTimeout(this.typists.get(user));
    const stop = () => this.typists.delete(user) && this.changed();
    if (typing) this.typists.set(user, setTimeout(stop, SIGN_MS));
    else stop();
  }

  /** The own keyboard: told when it begins, again while it goes on, and at its end. */
  typed(something) {
    clearTimeout(this.idle);
    if (something) this.idle = setTimeout(() => this.typed(false), IDLE_MS);
    if (something ? Date.now() - this.toldAt <= SIGN_MS : !this.toldAt) return;
    this.toldAt = something ? Date.now() : 0;
    this.tell(something);
  }

  /** A message is the end, which the server tells the others by itself. */
  sent() {
    this.toldAt = 0;
    clearTimeout(this.idle);
  }

  /** Before another room is opened. */
  clear() {
    this.typed(false);
    for (const timer of this.typists.values()) clearTimeout(timer);
    this.typists.clear();
  }
}
