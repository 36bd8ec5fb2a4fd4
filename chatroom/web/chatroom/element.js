/**
 * @import { Client } from './client.js'
 * @import { RoomMessage } from './logwindow.js'
 * @import { PendingMessage } from './pending.js'
 * @import { Room } from './room.js'
 */
import { elementStyles } from './element-styles.js';
import { connect } from './index.js';

/** What the element says. Applications replace what they want in other words. */
const WORDS = Object.freeze({
  messages: 'Messages',
  write: 'Write a message',
  send: 'Send',
  retry: 'Try again',
  discard: 'Discard',
  waiting: 'not sent yet',
  refused: 'not sent',
  deleted: 'deleted',
  edited: 'edited',
  offline: 'No connection. What you write is kept, and sent later.',
  failed: 'This conversation cannot be shown.',
});

/** Distance from an end of the list, in pixels, within which more is loaded, or the last message counts as read. */
const NEAR_PX = 80;

const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (class {});

/**
 * `<chat-room url="https://chat.example" room="general">` shows a room, with what is written in it. The application sets
 * `token`, a string or a function, or `client`. Without both it is by cookie, on the server's own page.
 */
export class ChatRoom extends Base {
  static observedAttributes = ['room', 'url', 'token'];

  /** @type {Client | null} */
  #client = null;
  /** @type {import('./transport.js').Token} */
  #token = null;
  #own = false;
  /** @type {Room | null} */
  #room = null;
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {Map<string, { item: RoomMessage | PendingMessage, node: HTMLElement }>} */
  #rows = new Map();
  #atEnd = true;
  /** @type {typeof WORDS} */
  words = WORDS;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [elementStyles()];
    this.list = make('ol', { role: 'log', tabIndex: 0 });
    this.note = make('p', { role: 'status', hidden: true });
    this.input = make('textarea', { rows: 1 });
    this.button = make('button', { type: 'submit' });
    this.form = make('form', {}, this.input, this.button);
    root.append(this.list, this.note, this.form);
    this.list.addEventListener('scroll', () => this.#scrolled());
    this.input.addEventListener('input', () => this.#room?.typed(this.input.value !== ''));
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.#send(event);
    });
    this.form.addEventListener('submit', (event) => this.#send(event));
  }

  /** The client to use, instead of one of its own. @param {Client | null} client */
  set client(client) {
    this.#end();
    this.#client = client;
    if (this.isConnected) this.#begin();
  }

  get client() {
    return this.#client;
  }

  /** @param {import('./transport.js').Token} token */
  set token(token) {
    this.#token = token;
    if (this.isConnected) this.attributeChangedCallback('token');
  }

  connectedCallback() {
    this.list.ariaLabel = this.words.messages;
    this.input.ariaLabel = this.input.placeholder = this.words.write;
    this.button.textContent = this.words.send;
    // A framework may set properties in the same step.
    queueMicrotask(() => this.isConnected && !this.#room && this.#begin());
  }

  disconnectedCallback() {
    this.#end();
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (!this.#room) return;
    if (name !== 'room') this.#end();
    this.#leave();
    this.#begin();
  }

  #begin() {
    const room = this.getAttribute('room');
    if (!room) return;
    if (!this.#client) {
      const url = this.getAttribute('url') ?? globalThis.location.origin;
      this.#client = connect({ url, token: this.#token ?? this.getAttribute('token') });
      this.#own = true;
    }
    this.#room = this.#client.room(room);
    const draw = () => this.#draw();
    this.#stops = [this.#room, this.#client.connection, this.#client.people].map((view) => view.subscribe(draw));
    draw();
  }

  #leave() {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#room = null;
    this.#rows.clear();
    this.list.replaceChildren();
    this.#atEnd = true;
  }

  #end() {
    this.#leave();
    if (this.#own) this.#client?.close();
    if (this.#own) this.#client = null;
    this.#own = false;
  }

  /** @param {Event} event */
  #send(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text || !this.#room) return;
    this.input.value = '';
    this.#atEnd = true;
    this.#room.send(text).catch(() => {}); // it is shown as not sent
  }

  // ---- drawing

  #draw() {
    const { state } = /** @type {Room} */ (this.#room);
    const online = /** @type {Client} */ (this.#client).connection.state.status === 'connected';
    const note = state.error ? this.words.failed : online || state.status === 'loading' ? '' : this.words.offline;
    this.note.hidden = !note;
    this.note.textContent = note;
    this.form.hidden = state.error !== null && state.error.reason !== 'not_found';
    const anchor = this.#atEnd ? null : this.#anchor();
    const shown = [...state.messages, ...(state.hasNewer ? [] : state.pending)];
    const nodes = shown.map((item) => this.#row(item));
    const keys = new Set(shown.map(({ key }) => key));
    for (const key of this.#rows.keys()) if (!keys.has(key)) this.#rows.delete(key);
    place(this.list, nodes);
    if (anchor) this.list.scrollTop += anchor.node.offsetTop - anchor.top;
    else this.list.scrollTop = this.list.scrollHeight;
    if (this.#atEnd && !state.hasNewer && globalThis.document.visibilityState === 'visible') this.#room?.markRead();
  }

  /** Returns the first row on the screen, which is to stay where it is. */
  #anchor() {
    const rows = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const node = rows.find((row) => row.offsetTop + row.offsetHeight > this.list.scrollTop);
    return node ? { node, top: node.offsetTop } : null;
  }

  /** @param {RoomMessage | PendingMessage} item @returns {HTMLElement} */
  #row(item) {
    const known = this.#rows.get(item.key);
    const { people } = /** @type {Client} */ (this.#client);
    const name = [people.name(item.sender), people.handle(item.sender)].filter(Boolean).join(' ');
    if (known?.item === item && known.node.dataset.name === name) return known.node;
    const time = new Date(item.timestamp);
    const text = make('p', { dir: 'auto' }, item.text);
    const head = make('header', {}, make('b', { dir: 'auto' }, name), ' ', make('time', {}, time.toLocaleTimeString()));
    const node = make('li', {}, head, text, ...this.#marks(item));
    node.dataset.name = name;
    node.classList.toggle('pending', 'status' in item);
    this.#rows.set(item.key, { item, node });
    return node;
  }

  /** @param {RoomMessage | PendingMessage} item @returns {HTMLElement[]} */
  #marks(item) {
    if (!('status' in item)) {
      const word = item.deleted ? this.words.deleted : item.editedAt ? this.words.edited : null;
      return word ? [make('small', {}, word)] : [];
    }
    if (item.status !== 'refused') return [make('small', {}, this.words.waiting)];
    const { outbox } = /** @type {Client} */ (this.#client);
    const retry = make('button', { type: 'button' }, this.words.retry);
    const discard = make('button', { type: 'button' }, this.words.discard);
    retry.addEventListener('click', () => outbox.retry(item.clientId));
    discard.addEventListener('click', () => outbox.discard(item.clientId));
    return [make('small', {}, this.words.refused, ' ', retry, ' ', discard)];
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    const below = scrollHeight - scrollTop - clientHeight;
    this.#atEnd = below < NEAR_PX;
    if (scrollTop < NEAR_PX) this.#room?.older().catch(() => {});
    if (this.#atEnd) this.#room?.newer().catch(() => {});
    if (this.#atEnd && !this.#room?.state.hasNewer) this.#room?.markRead();
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function make(tag, properties, ...children) {
  const element = Object.assign(globalThis.document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Puts nodes into a list in their order, and moves only what is not in its place. @param {HTMLElement} list @param {HTMLElement[]} nodes */
function place(list, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...list.children]) if (!wanted.has(/** @type {HTMLElement} */ (child))) child.remove();
  nodes.forEach((node, at) => {
    if (list.children[at] !== node) list.insertBefore(node, list.children[at] ?? null);
  });
}

globalThis.customElements?.define('chat-room', ChatRoom);
