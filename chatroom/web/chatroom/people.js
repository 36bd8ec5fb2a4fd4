/**
 * @import { Client } from './client.js'
 * @import { AvatarLink, Person, Profile, User } from './types.js'
 */
import { Paced, retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';
import { View } from './view.js';

/** Names of one call, and the pause between two calls. */
const [MAX_ASKED, GAP_MS] = [100, 100];
/** Maximum number of profiles; past it, the one that was added first is dropped. */
const MAX_PEOPLE = 10_000;
/** A link to an avatar is asked for anew so long before it ends. */
const MARGIN_MS = 30_000;

/** @param {string} name @returns {string} the form by which readers compare names */
const folded = (name) => name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/**
 * The people whom I see: their profiles, loaded when they are wanted and kept up to date.
 * @extends {View<{ profiles: ReadonlyMap<string, Person> }>}
 */
export class People extends View {
  /** @type {Map<string, Person>} */
  #known = new Map();
  /** @type {Map<string, Set<string>>} */
  #byWords = new Map();
  /** @type {Set<string>} */
  #wanted = new Set();
  /** Names that the server does not show me. @type {Set<string>} */
  #hidden = new Set();
  /** @type {Map<string, Promise<{ link: AvatarLink | null, expiresAt: number }>>} */
  #avatars = new Map();
  #changed = true;
  #loader;

  /** @param {Client} client */
  constructor(client) {
    super(client.batch, { profiles: new Map() });
    this.client = client;
    this.#loader = new Paced(client.clock, GAP_MS, () => this.#load());
  }

  /** @protected */
  snapshot() {
    if (!this.#changed) return super.snapshot();
    this.#changed = false;
    return { profiles: new Map(this.#known) };
  }

  /** Loads the profiles that are not known. @param {Iterable<string>} names */
  want(names) {
    for (const name of names) if (!this.#known.has(name) && !this.#hidden.has(name)) this.#wanted.add(name);
    if (this.#wanted.size && this.client.transport.ready) this.#loader.ask();
  }

  /** @param {string} name @returns {Person | null} null: not known, or not shown to me */
  get(name) {
    return this.#known.get(name) ?? null;
  }

  /** @param {string} name @returns {string} the display name */
  name(name) {
    return this.#known.get(name)?.displayName ?? name;
  }

  /** @param {string} name @returns {string} what to show beside the display name where that may be mistaken, else '' */
  handle(name) {
    const { displayName = name, lookalike = false } = this.#known.get(name) ?? {};
    return lookalike || (this.#byWords.get(folded(displayName))?.size ?? 0) > 1 ? `@${name}` : '';
  }

  /** @param {string} name @returns {Promise<string | null>} a link to the picture, absolute, for some minutes */
  async avatar(name) {
    const id = this.#known.get(name)?.avatar;
    if (!id) return null;
    const known = await this.#avatars.get(name)?.catch(() => undefined);
    if (known && known.link?.id === id && known.expiresAt - MARGIN_MS > this.client.serverTime()) return known.link.url;
    const asked = this.#avatarOf(name);
    this.#avatars.set(name, asked);
    return (await asked.catch(() => null))?.link?.url ?? null;
  }

  /** Names whose avatars are asked for in one call, in the next microtask. @type {Promise<Map<string, AvatarLink>> | null} */
  #asking = null;
  /** @type {string[]} */
  #asked = [];
  #expiresAt = 0;

  /** @param {string} name */
  async #avatarOf(name) {
    this.#asked.push(name);
    this.#asking ??= Promise.resolve().then(() => this.#askAvatars());
    const links = await this.#asking;
    const link = links.get(name) ?? null;
    return { link: link && { ...link, url: this.client.http.absolute(link.url) }, expiresAt: this.#expiresAt };
  }

  async #askAvatars() {
    const users = [...new Set(this.#asked)];
    [this.#asked, this.#asking] = [[], null];
    /** @type {Map<string, AvatarLink>} */
    const links = new Map();
    for (let at = 0; at < users.length; at += MAX_ASKED) {
      const page = await this.client.calls.getAvatars({ users: users.slice(at, at + MAX_ASKED) });
      this.#expiresAt = page.expiresAt;
      for (const link of page.avatars) links.set(link.user, link);
    }
    return links;
  }

  // ---- for the client

  /** Reads the known profiles again, since events may have been missed. */
  connected() {
    this.#hidden.clear();
    for (const name of this.#known.keys()) this.#wanted.add(name);
    if (this.#wanted.size) this.#loader.ask();
  }

  /** Forgets whom the server did not show, since I may share a room with them now. */
  reconsider() {
    this.#hidden.clear();
  }

  /** Notes a profile; what it does not say about presence stays. @param {Profile} profile @param {boolean} [online] */
  put(profile, online) {
    const { name } = profile;
    const known = this.#known.get(name);
    if (known) this.#byWords.get(folded(known.displayName))?.delete(name);
    else if (this.#known.size >= MAX_PEOPLE) this.#drop(/** @type {string} */ (this.#known.keys().next().value));
    this.#known.set(name, Object.freeze({ ...profile, online: online ?? known?.online ?? false }));
    this.#hidden.delete(name);
    for (const words of [profile.displayName, name]) this.#words(words).add(name);
    this.#change();
  }

  /** Notes a name and display name, if the profile is not known. @param {User} user */
  note(user) {
    if (!this.#known.has(user.name)) this.put(user);
  }

  /** @param {string} name @param {boolean} online */
  presence(name, online) {
    const known = this.#known.get(name);
    if (known && known.online !== online) this.put(known, online);
  }

  /** @param {string} words */
  #words(words) {
    const key = folded(words);
    const names = this.#byWords.get(key) ?? new Set();
    this.#byWords.set(key, names);
    return names;
  }

  /** @param {string} name */
  #drop(name) {
    const known = this.#known.get(name);
    if (!known) return;
    this.#known.delete(name);
    this.#byWords.get(folded(known.displayName))?.delete(name);
    this.#change();
  }

  #change() {
    this.#changed = true;
    this.change();
  }

  /** Loads the wanted profiles, a batch after the other. */
  async #load() {
    let failures = 0;
    while (this.#wanted.size) {
      const users = [...this.#wanted].slice(0, MAX_ASKED);
      try {
        const { users: shown } = await this.client.calls.getUsers({ users });
        failures = 0;
        for (const { online, ...profile } of shown) this.put(profile, online);
        const names = new Set(shown.map(({ name }) => name));
        for (const name of users) {
          this.#wanted.delete(name);
          if (names.has(name)) continue;
          this.#drop(name);
          this.#hidden.add(name);
        }
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (!error.temporary) {
          for (const name of users) this.#wanted.delete(name);
          return;
        }
        await sleep(this.client.clock, retryPause(error, failures++));
      }
    }
  }
}
