// The names of other accounts. Knows nothing of the DOM.

/** Display names that differ only in this are the same for a reader. */
const folded = (name) => name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

export class People {
  constructor() {
    Object.assign(this, { known: new Map(), bearers: new Map() });
  }

  has(user) {
    return this.known.has(user);
  }

  /** A `user` as the server tells it. */
  put({ name, displayName, lookalike = false }) {
    const before = this.known.get(name)?.displayName;
    if (before && folded(before) !== name) this.bearers.get(folded(before)).delete(name);
    this.known.set(name, { displayName, lookalike });
    this.bear(name, displayName);
    this.meet(name);
  }

  /** Somebody of whom only the account's name is told. */
  meet(name) {
    this.bear(name, name);
  }

  /** Notes that this account may be meant by those words. */
  bear(name, words) {
    const key = folded(words);
    if (!this.bearers.has(key)) this.bearers.set(key, new Set());
    this.bearers.get(key).add(name);
  }

  name(user) {
    return this.known.get(user)?.displayName ?? user;
  }

  /** The account's name, to be shown beside the display name; empty where that alone cannot deceive. */
  handle(user) {
    const { displayName = user, lookalike } = this.known.get(user) ?? {};
    return lookalike || this.bearers.get(folded(displayName))?.size > 1 ? `@${user}` : '';
  }

  /** Both in one line of text. */
  label(user) {
    return [this.name(user), this.handle(user)].filter(Boolean).join(' ');
  }

  /** Account names and labels. */
  list() {
    return [...this.known.keys()].map((user) => [user, this.label(user)]);
  }
}
