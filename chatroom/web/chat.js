// The state of one user's chat, kept up to date over a connection. Independent of the DOM.
import { Connection, endingText, errorText } from './connection.js';
import { Cursors } from './cursors.js';
import { Inbox } from './inbox.js';
import { logOut } from './logout.js';
import { Outbox } from './outbox.js';
import { Paced, pause, wait } from './pace.js';
import { People } from './people.js';
import { RoomLog } from './roomlog.js';
import { Typing } from './typing.js';

const NAMES_GAP_MS = 500;

/** Maximum number of missed changes to load. If there are more, only the latest page is loaded. */
const MAX_MISSED = 500;

/** `view.changed()` is called after each change. `view.reading()` returns whether the open room's end is visible. */
export class Chat {
  constructor(token, view) {
    Object.assign(this, { token, view, me: null, room: null, watching: null, settled: true, line: 'connecting' });
    Object.assign(this, { inbox: new Inbox(this), people: new People(), logs: new Map() });
    Object.assign(this, { outbox: new Outbox(this), cursors: new Cursors(this) });
    this.typing = new Typing(() => view.changed(), (typing) => this.sendTyping(typing));
    this.names = new Paced(NAMES_GAP_MS, () => this.loadNames());
    this.enter(null);
    this.connection = new Connection(token, this);
  }

  get entries() {
    return this.inbox.entries;
  }

  call(method, params) {
    return this.connection.call(method, params);
  }

  /** Returns the partner in a direct room of this user; null for other rooms. */
  partner(room) {
    const pair = /^@([^:]+):([^:]+)$/.exec(room)?.slice(1);
    if (!pair?.includes(this.me?.name) || pair[0] > pair[1]) return null;
    return pair[0] === this.me.name ? pair[1] : pair[0];
  }

  /** Returns a room's name for display. */
  name(room) {
    const partner = this.partner(room);
    if (!this.me && room.startsWith('@')) return '';
    if (!partner) return this.entries.get(room)?.title ?? room;
    const name = this.people.name(partner);
    return partner === this.me?.name ? `${name} (you)` : name;
  }

  /** Like `name`, with the account name added if the display name is ambiguous. */
  label(room) {
    const partner = this.partner(room);
    return [this.name(room), partner && this.people.handle(partner)].filter(Boolean).join(' ');
  }

  // ---- called by the connection

  /** Ignores the epoch in this reply: each room resumes with the epoch that its rev came with. */
  connected({ user, limits, inbox }) {
    Object.assign(this, { me: user, limits, line: 'connected', watching: null, settled: false });
    this.people.put(user);
    this.outbox.open(user.name);
    this.inbox.load(inbox);
    this.sync();
    this.outbox.flush();
    this.view.connected();
  }

  /** The current session continues. Later ones use the new token. */
  renewed(token) {
    this.token = this.connection.token = token;
  }

  lost() {
    this.line = 'lost';
    this.view.changed();
  }

  ended(code) {
    this.end(false);
    const [words, forget] = endingText(code);
    this.view.leave(words, { forget, code });
  }

  end(forget) {
    this.connection.end();
    this.outbox.close(forget);
    this.typing.sent();
  }

  logOut() {
    this.end(true);
    logOut(this.token);
  }

  event(method, params) {
    const here = params.room === this.room;
    if (method === 'newMessage' || method === 'messageChanged') {
      this.apply(params, params);
      this.received([params]);
      if (here && method === 'newMessage') this.typing.receive(params.sender, false);
      this.count();
    } else if (method === 'reactionsChanged') {
      this.apply(params, null); // not shown, but its rev counts
    } else if (method === 'unread') {
      this.inbox.put(params);
      if (here && this.state === 'draft') this.renew();
      this.count();
    } else if (method === 'typing') {
      if (here) this.typing.receive(params.user, params.typing);
    } else if (method === 'presence') {
      this.online[params.online ? 'add' : 'delete'](params.user);
    } else if (method === 'roomChanged') {
      Object.assign(this.entries.get(params.room) ?? {}, { title: params.title });
      if (here) this.topic = params.topic;
    } else if (method === 'tokenExpiring') {
      this.view.renew(this.token);
    } else if (method === 'memberChanged') {
      this.memberChanged(params, here);
    }
    this.view.changed();
  }

  /** Applies an event of a room's log. */
  apply(event, message) {
    const log = this.logs.get(event.room);
    const watched = event.room === this.room && !this.syncing && log;
    if (watched && !log.applyEvent(event, message)) this.renew();
  }

  memberChanged({ room, user, role }, here) {
    if (user === this.me.name && role === null) {
      this.inbox.drop(room);
      this.logs.delete(room);
      const state = this.visibility === 'public' ? 'outside' : 'failed';
      if (here) Object.assign(this, { watching: null, state, trouble: 'You are no longer a member here.' });
    } else if (user === this.me.name) {
      this.inbox.expect(room);
      if (here && this.state !== 'open') this.renew();
    } else if (here && role === null) {
      this.online.delete(user);
    } else if (here && !this.people.has(user)) {
      this.names.ask();
    }
  }

  // ---- rooms and people

  loaded() {
    this.count();
    this.view.changed();
  }

  /** Loads the names of the open room's members. */
  async loadNames() {
    const { room } = this;
    if (this.state !== 'open') return;
    const { members } = await this.call('listMembers', { room, limit: 200 }).catch(() => ({ members: [] }));
    for (const { user, ...member } of members) this.people.put({ name: user, ...member });
    this.view.changed();
  }

  /** Handles messages of any sender. */
  received(messages) {
    for (const { sender } of messages) this.people.meet(sender);
    this.outbox.delivered(messages);
  }

  /** Counts unread messages of the watched room, for which the server sends no `unread` events. */
  count() {
    const [log, entry] = [this.logs.get(this.room), this.entries.get(this.room)];
    if (this.watching !== this.room || !log || !entry) return;
    if (this.view.reading()) {
      if (log.head > entry.readSeq) this.cursors.move(entry.room, (entry.readSeq = log.head));
      log.shorten();
    }
    entry.headSeq = log.head;
    entry.lastMessage = log.messages.get(log.head) ?? entry.lastMessage;
    // Count from the read cursor if all later messages are loaded. Otherwise add to the server's count.
    const all = { headSeq: entry.readSeq, unread: 0, mentions: 0 };
    const { headSeq, unread, mentions } = log.low > entry.readSeq + 1 ? entry.served : all;
    const more = log.list().filter((m) => m.seq > headSeq && m.sender !== this.me.name && !m.deleted);
    entry.unread = unread + more.length;
    entry.mentions = mentions + more.filter((message) => this.mentionsMe(message)).length;
  }

  /** Handles the reply to `markRead`. */
  marked(entry) {
    if (this.entries.get(entry.room)?.readSeq <= entry.readSeq) this.inbox.put(entry);
    this.loaded();
  }

  mentionsMe({ mentions = [], sender }) {
    return sender !== this.me.name && (mentions.includes(this.me.name) || mentions.includes('room'));
  }

  // ---- the open room

  enter(room) {
    this.typing.clear();
    Object.assign(this, { room, state: 'loading', trouble: '', topic: '', visibility: null, readTo: null });
    Object.assign(this, { online: new Set(), onlineCount: 0 });
    this.renew();
    this.view.changed();
  }

  renew() {
    this.settled = false;
    this.sync();
  }

  /** Makes the open room the only subscribed one, by one call at a time, with retries. */
  async sync() {
    if (this.syncing) return;
    this.syncing = true;
    let failures = 0;
    while (!this.settled && this.connection?.ready) {
      const { room, watching } = this;
      try {
        if (watching && watching !== room) await this.unsubscribe(watching);
        this.watching = null;
        if (room) await this.subscribe(room);
        this.settled = room === this.room;
      } catch (error) {
        if (error.temporary) await wait(pause(error, failures++));
        else if (room === this.room && error.reason !== 'lost') this.refused(error);
      }
    }
    this.syncing = false;
    this.cursors.send();
    this.count();
    this.view.changed();
  }

  /** Ignores a permanent refusal, after which there is no subscription. */
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
      if (page.hasMore && page.headRev - page.nextRev > MAX_MISSED) {
        log.epoch = null; // load the latest page instead
        continue;
      }
      log.applyPage(page);
      if (page.reason === 'epoch_changed') this.rolledBack(room);
      this.received(page.messages);
      if (page.hasMore) continue;
      this.watching = room;
      if (room !== this.room) return;
      const { title, headSeq, readSeq, topic, visibility, online } = page;
      const none = { room, kind: this.partner(room) ? 'direct' : 'room', unread: 0, mentions: 0, headSeq, readSeq };
      if (!this.entries.has(room)) this.inbox.put(none);
      Object.assign(this.entries.get(room), { title, headSeq });
      Object.assign(this, { state: 'open', topic, visibility, online: new Set(online.users), onlineCount: online.count });
      this.readTo ??= readSeq < headSeq ? readSeq : Infinity;
      this.names.ask();
    }
  }

  /** Drops the pending read cursor, whose seq belongs to another message after the rollback. */
  rolledBack(room) {
    this.cursors.forget(room);
    if (room === this.room) this.readTo = null;
  }

  refused(error) {
    this.logs.delete(this.room);
    const draft = error.reason === 'not_found' && this.partner(this.room);
    this.state = draft ? 'draft' : error.reason === 'forbidden' ? 'outside' : 'failed';
    Object.assign(this, { settled: true, trouble: errorText(error) });
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
    this.received(page.messages);
    this.view.changed();
  }

  sendTyping(typing) {
    if (this.watching) this.call('setTyping', { room: this.watching, typing }).catch(() => {});
  }

  // ---- sending

  say(text) {
    this.typing.sent();
    this.outbox.say(this.room, text);
  }

  /** Handles an acknowledged message. `room` is the room in which the user wrote it. */
  sent(message, room) {
    this.logs.get(room)?.put(message);
    this.received([message]);
    if (room === this.room && this.state === 'draft') this.renew();
  }
}
