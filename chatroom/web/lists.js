// The lists of rooms and direct messages, and the suggestions of the input fields below them.
import { $, hue, initial, make, reconcile } from './dom.js';
import { Paced } from './pace.js';

/** Minimum pause between two searches for rooms. */
const SEARCH_GAP_MS = 300;
const MAX_OFFERED = 200;
/** Maximum number of pages to load. A page may have no room that can be joined. */
const MAX_PAGES = 10;

export class Lists {
  /** `chat` is a function, since the user may change. */
  constructor(chat) {
    this.chat = chat;
    this.search = new Paced(SEARCH_GAP_MS, () => this.offerRooms());
    for (const event of ['focusin', 'input']) $('join').addEventListener(event, () => this.search.ask());
    $('direct').addEventListener('focusin', () => offer('known-people', this.chat().people.list()));
  }

  clear() {
    for (const list of ['rooms', 'directs', 'known-rooms', 'known-people']) $(list).replaceChildren();
    for (const form of ['join', 'direct']) $(form).reset();
  }

  /** Suggests rooms to join whose name or title contains the typed text. */
  async offerRooms() {
    const chat = this.chat();
    const query = $('join').querySelector('input').value.trim().toLowerCase();
    const found = [];
    let after;
    for (let pages = 0; chat && pages < MAX_PAGES && found.length < MAX_OFFERED && after !== null; pages++) {
      const page = await chat.call('listRooms', { query: query || undefined, after, limit: 200 }).catch(() => null);
      if (!page) break;
      found.push(...page.rooms.filter(({ member }) => !member));
      after = page.next;
    }
    if (chat !== this.chat()) return;
    offer('known-rooms', found.slice(0, MAX_OFFERED).map(({ room, title }) => [room, title]));
  }

  draw(chat) {
    const entries = [...chat.entries.values()];
    const active = ({ lastMessage }) => lastMessage?.timestamp ?? Infinity;
    const rooms = entries.filter(({ kind }) => kind === 'room').sort((a, b) => a.title.localeCompare(b.title));
    const directs = entries.filter(({ kind }) => kind === 'direct').sort((a, b) => active(b) - active(a));
    reconcile($('rooms'), rooms.map((entry) => this.entry(chat, entry)));
    reconcile($('directs'), directs.map((entry) => this.entry(chat, entry)));
  }

  entry(chat, { room, kind, unread, mentions }) {
    const [current, name, partner] = [room === chat.room, chat.name(room), chat.partner(room)];
    const handle = partner ? chat.people.handle(partner) : '';
    const sign = kind === 'room' ? ['#', 'sign hash'] : [initial(name), `sign hue${hue(partner)}`];
    const badge = (count, before, word) => {
      const read = make('span', { className: 'unseen' }, ` ${word}`);
      return count ? make('span', { className: `badge ${word}` }, `${before}${count}`, read) : null;
    };
    const link = { href: `#${room}`, className: unread ? 'fresh' : '', ariaCurrent: current ? 'page' : null };
    const build = () => make('li', {}, make('a', link,
      make('span', { className: sign[1], ariaHidden: 'true' }, sign[0]),
      make('span', { className: 'name' }, make('bdi', {}, name), handle && make('span', { className: 'handle' }, ` ${handle}`)),
      badge(mentions, '@', 'mentions'), badge(unread, '', 'unread')));
    return { key: room, stamp: `${current} ${unread} ${mentions} ${handle} ${name}`, build };
  }
}

function offer(list, named) {
  $(list).replaceChildren(...named.map(([value, label]) => make('option', { value, label })));
}
