// What one person sees of the server, kept up to date over a connection. Knows nothing of the DOM.
import { Connection, inWords, post, wait } from '/connection.js';
import { Cursors } from '/cursors.js';
import { Outbox } from '/outbox.js';
import { RoomLog } from '/roomlog.js';

const ENDINGS = {
  4500: 'Your log-in has expired. Please log in again.',
  4501: 'You have been logged out.',
  4502: 'The server closed the connection: too many requests. Wait a minute, then log in.',
  4504: 'You are connected from too many places. Close one of them or log it out, then log in.',
};

/** So many missed changes are fetched; after more, the latest page will do. */
const MOST_MISSED = 500;

/** `view.changed()` is told of everything, `view.reading()` says whether the open room's end is seen. */
export class Chat {
  constructor(token, view) {
    Object.assign(this, { token, view, me: null, room: null, watching: null, settled: true, line: 'connecting' });
    Object.assign(this, { entries: new Map(), logs: new Map(), names: new Map(), typists: new Map() });
    Object.assign(this, { outbox: new Outbox(this), cursors: new Cursors(this), typedAt: 0 });
    this.enter(null);
    this.connection = new Connection(token, this);
  }

  call(method, params) {
    return this.connection.call(method, params);
  }

  /** With whom one writes there; null in other rooms, and in the direct rooms of others. */
  partner(room) {
    const pair = /^@([^:]+):([^:]+)$/.exec(room)?.slice(1);
    if (!pair?.includes(this.me?.name) || pair[0] > pair[1]) return null;
    return pair[0] === this.me.name ? pair[1] : pair[0];
  }

  /** A room's name, as it is read. */
  name(room) {
    const partner = this.partner(room);
    if (!this.me && room.startsWith('@')) return '';
    if (!partner) return this.entries.get(room)?.title ?? room;
    const name = this.names.get(partner) ?? partner;
    return partner === this.me?.name ? `${name} (you)` : name;
  }

  // ---- what the connection says

  connected({ user, epoch, limits, inbox }) {
    if (epoch !== this.epoch) this.cursors.unsaid.clear();
    Object.assign(this, { me: user, epoch, limits, line: 'connected', watching: null, settled: false });
    this.names.set(user.name, user.displayName);
    this.outbox.open(user.name);
    this.entries.clear();
    this.loadInbox(inbox);
    this.sync();
    this.cursors.tell();
    this.outbox.flush();
  }

  lost() {
    this.line = 'lost';
    this.view.changed();
  }

  ended(code) {
    this.end(false);
    this.view.leave(ENDINGS[code] ?? 'The server closed the connection. Please log in again.', code <= 4501);
  }

  end(forget) {
    this.connection.end();
    this.outbox.close(forget);
    clearTimeout(this.idle);
  }

  logOut() {
    this.end(true);
    post('/api/logout', null, this.token).catch(() => {});
  }

  event(method, params) {
    const here = params.room === this.room;
    if (method === 'newMessage' || method === 'messageChanged') {
      const log = this.logs.get(params.room);
      if (here && !this.syncing && log && !log.hear(params)) this.renew();
      this.outbox.delivered([params]);
      if (here && method === 'newMessage') this.typing(params.sender, false);
      this.count();
    } else if (method === 'unread') {
      this.put(params);
      if (here && this.state === 'draft') this.renew();
      this.count();
    } else if (method === 'typing') {
      if (here) this.typing(params.user, params.typing);
    } else if (method === 'presence') {
      this.online[params.online ? 'add' : 'delete'](params.user);
    } else if (method === 'roomChanged') {
      Object.assign(this.entries.get(params.room) ?? {}, { title: params.title });
      if (here) this.topic = params.topic;
    } else if (method === 'memberChanged') {
      this.memberChanged(params, here);
    }
    this.view.changed();
  }

  memberChanged({ room, user, role }, here) {
    if (user === this.me.name && role === null) {
      this.entries.delete(room);
      this.logs.delete(room);
      const state = this.visibility === 'public' ? 'outside' : 'failed';
      if (here) Object.assign(this, { watching: null, state, trouble: 'You are no longer a member here.' });
    } else if (user === this.me.name) {
      if (!this.entries.has(room)) this.call('getInbox', {}).then((inbox) => this.loadInbox(inbox), () => {});
      if (here && this.state !== 'open') this.renew();
    } else if (here && role === null) {
      this.online.delete(user);
    } else if (here && !this.names.has(user)) {
      this.loadNames(room);
    }
  }

  // ---- the conversations

  /** As the server counts it: `told` stays when later messages are counted here. */
  put(entry) {
    this.entries.set(entry.room, { ...entry, told: entry });
    if (entry.with) this.names.set(entry.with.name, entry.with.displayName);
  }

  async loadInbox(inbox) {
    for (;;) {
      inbox.rooms.forEach((entry) => this.put(entry));
      this.count();
      this.view.changed();
      if (!inbox.next) return;
      inbox = await this.call('getInbox', { after: inbox.next }).catch(() => ({ rooms: [] }));
    }
  }

  async loadNames(room) {
    const { members } = await this.call('listMembers', { room, limit: 200 }).catch(() => ({ members: [] }));
    for (const { user, displayName } of members) this.names.set(user, displayName);
    this.view.changed();
  }

  /** No `unread` events come for the room that is watched: its counts are made here, from the log. */
  count() {
    const [log, entry] = [this.logs.get(this.room), this.entries.get(this.room)];
    if (this.watching !== this.room || !log || !entry) return;
    if (this.view.reading()) {
      if (log.head > entry.readSeq) this.cursors.move(entry.room, (entry.readSeq = log.head));
      log.shorten();
    }
    entry.headSeq = log.head;
    entry.lastMessage = log.messages.get(log.head) ?? entry.lastMessage;
    // From where all is loaded; else on from the server's count.
    const all = { headSeq: entry.readSeq, unread: 0, mentions: 0 };
    const { headSeq, unread, mentions } = log.low > entry.readSeq + 1 ? entry.told : all;
    const more = log.list().filter((m) => m.seq > headSeq && m.sender !== this.me.name && !m.deleted);
    entry.unread = unread + more.length;
    entry.mentions = mentions + more.filter((message) => this.mentionsMe(message)).length;
  }

  marked(entry) {
    if (this.entries.get(entry.room)?.readSeq <= entry.readSeq) this.put(entry);
    this.count();
    this.view.changed();
  }

  mentionsMe({ mentions = [], sender }) {
    return sender !== this.me.name && (mentions.includes(this.me.name) || mentions.includes('room'));
  }

  // ---- the room that is open

  enter(room) {
    this.typed(false);
    for (const timer of this.typists.values()) clearTimeout(timer);
    this.typists.clear();
    Object.assign(this, { room, state: 'loading', trouble: '', topic: '', visibility: null, readTo: null });
    Object.assign(this, { online: new Set(), onlineCount: 0 });
    this.renew();
    this.view.changed();
  }

  renew() {
    this.settled = false;
    this.sync();
  }

  /** One step after another until the server tells of the room that is open here, and of no other. */
  async sync() {
    if (this.syncing) return;
    this.syncing = true;
    while (!this.settled && this.connection?.ready) {
      const { room, watching } = this;
      try {
        if (watching && watching !== room) await this.unsubscribe(watching);
        this.watching = null;
        if (room) await this.subscribe(room);
        this.settled = room === this.room;
      } catch (error) {
        if (error.temporary) await wait(error.retryAfterMs ?? 1000);
        else if (room === this.room && error.reason !== 'lost') this.refused(error);
      }
    }
    this.syncing = false;
    this.count();
    this.view.changed();
  }

  /** Where one is not subscribed any more, there is nothing to do. */
  async unsubscribe(room) {
    await this.call('unsubscribe', { room }).catch((error) => {
      if (error.temporary) throw error;
    });
  }

  async subscribe(room) {
    const log = this.logs.get(room) ?? new RoomLog();
    this.logs.set(room, log);
    for (let page = { hasMore: true }; page.hasMore; ) {
      page = await this.call('subscribe', { room, ...(log.epoch && { epoch: log.epoch, sinceRev: log.rev }) });
      if (page.hasMore && page.headRev - page.nextRev > MOST_MISSED) {
        log.epoch = null; // begin anew with the latest
        continue;
      }
      log.follow(page);
      this.outbox.delivered(page.messages);
      if (page.hasMore) continue;
      this.watching = room;
      if (room !== this.room) return;
      const { title, headSeq, readSeq, topic, visibility, online } = page;
      const none = { room, kind: this.partner(room) ? 'direct' : 'room', unread: 0, mentions: 0, headSeq, readSeq };
      if (!this.entries.has(room)) this.put(none);
      Object.assign(this.entries.get(room), { title, headSeq });
      Object.assign(this, { state: 'open', topic, visibility, online: new Set(online.users), onlineCount: online.count });
      this.readTo ??= readSeq < headSeq ? readSeq : Infinity;
      this.loadNames(room);
    }
  }

  refused(error) {
    this.logs.delete(this.room);
    const draft = error.reason === 'not_found' && this.partner(this.room);
    this.state = draft ? 'draft' : error.reason === 'forbidden' ? 'outside' : 'failed';
    Object.assign(this, { settled: true, trouble: inWords(error) });
  }

  async older() {
    const log = this.logs.get(this.room);
    if (this.loading || this.state !== 'open' || !log || log.low <= log.firstSeq) return;
    this.loading = true;
    const before = log.low;
    const page = await this.call('getHistory', { room: this.room, before }).catch(() => null);
    this.loading = false;
    if (!page) return;
    log.prepend(page, before);
    this.view.changed();
  }

  typing(user, typing) {
    clearTimeout(this.typists.get(user));
    const stop = () => this.typists.delete(user) && this.view.changed();
    if (typing) this.typists.set(user, setTimeout(stop, 6000));
    else stop();
  }

  /** The own keyboard: told when it begins, again where the server's 6 s are over, and at its end. */
  typed(something) {
    clearTimeout(this.idle);
    if (something) this.idle = setTimeout(() => this.typed(false), 5000);
    if (something ? Date.now() - this.typedAt < 6100 : !this.typedAt) return;
    this.typedAt = something ? Date.now() : 0;
    if (this.watching) this.call('setTyping', { room: this.watching, typing: something }).catch(() => {});
  }

  // ---- sending

  say(text) {
    this.typedAt = 0;
    clearTimeout(this.idle);
    this.outbox.say(this.room, text);
  }

  /** Acknowledged; `room` is where it was written, whose log it belongs into. */
  sent(message, room) {
    this.logs.get(room)?.put(message);
    this.outbox.delivered([message]);
    if (room === this.room && this.state === 'draft') this.renew();
  }
}
