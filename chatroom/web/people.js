// Names of accounts. Independent of the DOM.

/** Returns the form by which display names are compared. */
const folded = (name) => name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

export class People {
  constructor() {
    Object.assign(this, { known: new Map(), byWords: new Map() });
  }

  has(user) {
    return this.known.has(user);
  }

  /** Stores a `user` of the protocol. */
  put({ name, displayName, lookalike = false }) {
    const before = this.known.get(name)?.displayName;
    if (before && folded(before) !== name) this.byWords.get(folded(before)).delete(name);
    this.known.set(name, { displayName, lookalike });
    this.addWords(name, displayName);
    this.meet(name);
  }

  /** Stores an account of which only the name is known. */
  meet(name) {
    this.addWords(name, name);
  }

  /** Notes that readers may take `words` for this account. */
  addWords(name, words) {
    const key = folded(words);
    if (!this.byWords.has(key)) this.byWords.set(key, new Set());
    this.byWords.get(key).add(name);
  }

  name(user) {
    return this.known.get(user)?.displayName ?? user;
  }

  /** Returns the account name to show beside the display name; empty if the display name is unambiguous. */
  handle(user) {
    const { displayName = user, lookalike } = this.known.get(user) ?? {};
    return lookalike || this.byWords.get(folded(displayName))?.size > 1 ? `@${user}` : '';
  }

  /** Returns display name and handle in one text. */
  label(user) {
    return [this.name(user), this.handle(user)].filter(Boolean).join(' ');
  }

  /** Returns pairs of account name and label. */
  list() {
    return [...this.known.keys()].map((user) => [user, this.label(user)]);
  }
}
