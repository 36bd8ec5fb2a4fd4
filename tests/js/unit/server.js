// A server in memory with one room, for one account: frames wait until a test delivers them, and replies to getHistory may
// be overtaken by events.

const PAGE = 50;

export class FakeServer {
  sockets = [];
  down = false;
  refusals = new Map(); // by method: errors for the next calls
  calls = []; // methods and params
  epoch = 1;
  log = new Map();
  changes = []; // the seq changed by each rev
  threads = new Map();
  mine = new Map(); // by seq: my emojis
  byClientId = new Map();
  readSeq = 0;
  holdReplies = false;

  constructor(me = 'alice', room = 'general') {
    Object.assign(this, { me, room });
    const server = this;
    this.WebSocket = class extends FakeSocket {
      constructor(url, protocol) {
        super(server, url, protocol);
      }
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  get rev() {
    return this.changes.length;
  }

  get head() {
    return this.log.size;
  }

  main() {
    return [...this.log.values()].filter(({ thread }) => thread === undefined);
  }

  below(root) {
    return [...this.log.values()].filter(({ thread }) => thread === root);
  }

  // ---- what happens in the room

  post(sender, text, more = {}) {
    const seq = this.head + 1;
    this.changes.push(seq);
    const message = { room: this.room, seq, rev: this.rev, sender, text, timestamp: 1000 * seq, ...more };
    this.log.set(seq, message);
    this.publish('newMessage', message);
    return message;
  }

  change(seq, changes) {
    this.changes.push(seq);
    const message = { ...this.log.get(seq), ...changes, rev: this.rev };
    this.log.set(seq, message);
    if (message.deleted) this.mine.delete(seq);
    this.publish('messageChanged', message);
  }

  react(seq, user, added = true) {
    const emoji = '👍';
    const before = this.log.get(seq);
    const known = before.reactions?.[0]?.users ?? [];
    if (known.includes(user) === added) return;
    const users = added ? [...known, user] : known.filter((name) => name !== user);
    this.changes.push(seq);
    const { reactions, ...rest } = before;
    this.log.set(seq, { ...rest, rev: this.rev, ...(users.length && { reactions: [{ emoji, count: users.length, users }] }) });
    if (user === this.me) added ? this.mine.set(seq, [emoji]) : this.mine.delete(seq);
    this.publish('reactionsChanged', { room: this.room, seq, rev: this.rev, emoji, count: users.length, user, added });
  }

  publish(method, params) {
    for (const socket of this.sockets) {
      if (socket.subscribed) socket.tell({ method, params: { ...params, epoch: `e${this.epoch}` } });
    }
  }

  restart() {
    this.cut();
    this.epoch++;
  }

  /** Loses all changes after a rev, as a backup that is put back does. */
  rollBack() {
    this.restart();
    Object.assign(this, { log: new Map(), changes: [], mine: new Map(), byClientId: new Map() });
    this.rolledBack = true;
  }

  cut(code = 1006) {
    for (const socket of [...this.sockets]) socket.end(code);
  }

  // ---- calls

  answer(socket, { id, method, params }) {
    this.calls.push({ method, params });
    const refusal = this.refusals.get(method)?.shift();
    if (refusal) return socket.tell({ id, error: { message: refusal.reason, data: refusal } });
    const reply = this[method]?.(params, socket) ?? {};
    const late = this.holdReplies && (method === 'getHistory' || method === 'getMessage');
    return late ? socket.late.push({ id, result: reply }) : socket.tell({ id, result: reply });
  }

  connect() {
    return {
      ...{ user: { name: this.me, displayName: this.me }, serverRole: 'member', sessionId: 's', tokenExpiresAt: 0 },
      ...{ protocol: 1, features: [], epoch: `e${this.epoch}`, serverTime: 0 },
      limits: { textChars: 4000, textBytes: 16384, frameBytes: 131072, pageSize: 200 },
      inbox: this.getInbox(),
    };
  }

  entry() {
    const unread = this.main().filter(({ seq, sender, deleted }) => seq > this.readSeq && sender !== this.me && !deleted);
    const headSeq = this.main().at(-1)?.seq ?? 0;
    const counts = { headSeq, readSeq: this.readSeq, unread: unread.length, mentions: 0, notifications: 'all' };
    return { room: this.room, kind: 'room', title: this.room, visibility: 'public', ...counts };
  }

  getInbox() {
    return { unread: 0, mentions: 0, threads: { unread: 0, mentions: 0 }, rooms: [this.entry()], next: null };
  }

  markRead({ seq }) {
    this.readSeq = Math.max(this.readSeq, seq);
    return this.entry();
  }

  subscribe({ epoch, sinceRev, limit = 200 }, socket) {
    const state = { ...this.about(), online: { count: 1, users: [this.me] } };
    const known = epoch !== undefined && !(this.rolledBack && Number(epoch.slice(1)) < this.epoch);
    if (!known) {
      socket.subscribed = true;
      const reason = epoch === undefined ? {} : { reason: 'epoch_changed' };
      return { ...state, ...reason, recovered: false, hasMore: false, nextRev: this.rev, ...this.page(this.main().slice(-PAGE)) };
    }
    const missed = [...this.log.values()].filter(({ rev }) => rev > sinceRev).sort((a, b) => a.rev - b.rev);
    const messages = missed.slice(0, limit);
    const hasMore = missed.length > limit;
    socket.subscribed = !hasMore;
    const nextRev = hasMore ? messages.at(-1).rev : this.rev;
    return { ...state, recovered: true, hasMore, nextRev, ...this.page(messages) };
  }

  unsubscribe(_, socket) {
    socket.subscribed = false;
  }

  about() {
    return {
      ...{ room: this.room, title: this.room, topic: '', visibility: 'public', role: 'member', posting: 'all' },
      ...{ inviting: 'all', slowModeS: 0, archived: false, epoch: `e${this.epoch}`, firstSeq: 1 },
      ...{ headSeq: this.head, headRev: this.rev, readSeq: this.readSeq },
    };
  }

  getHistory({ before, after, around, at, thread, limit = PAGE }) {
    const all = thread === undefined ? this.main() : this.below(thread);
    let [start, end] = [Math.max(0, all.length - limit), all.length];
    if (before !== undefined) [start, end] = [Math.max(0, indexAt(all, before) - limit), indexAt(all, before)];
    if (after !== undefined) [start, end] = [indexAt(all, after + 1), indexAt(all, after + 1) + limit];
    if (at !== undefined) around = all.find(({ timestamp }) => timestamp >= at)?.seq ?? all.at(-1)?.seq;
    if (around !== undefined) {
      start = Math.max(0, indexAt(all, around) - (limit >> 1));
      end = start + limit;
    }
    const page = this.page(all.slice(start, end));
    const more = { hasMoreBefore: start > 0, hasMoreAfter: end < all.length };
    return { room: this.room, epoch: `e${this.epoch}`, firstSeq: 1, headSeq: this.head, ...more, ...page };
  }

  getMessage({ seq }) {
    return { epoch: `e${this.epoch}`, message: this.log.get(seq), ...this.page([this.log.get(seq)]) };
  }

  getUsers({ users }) {
    return { users: users.map((name) => ({ name, displayName: name, online: false })) };
  }

  getThreads() {
    return { threads: [], next: null };
  }

  page(messages) {
    const quoted = [...new Set(messages.map(({ replyTo }) => replyTo))].filter((seq) => this.log.has(seq));
    const roots = messages.filter(({ seq }) => this.below(seq).length).map(({ seq }) => this.summary(seq));
    const myReactions = messages.flatMap(({ seq }) => (this.mine.has(seq) ? [{ seq, emojis: this.mine.get(seq) }] : []));
    return { messages, myReactions, threads: roots, quoted: quoted.map((seq) => this.quote(seq)) };
  }

  quote(seq) {
    const { rev, sender, text, deleted } = this.log.get(seq);
    return { seq, rev, sender, text, ...(deleted && { deleted }) };
  }

  summary(root) {
    const below = this.below(root);
    const { seq: lastSeq, timestamp: lastTimestamp } = below.at(-1);
    const users = [...new Set(below.map(({ sender }) => sender))].slice(0, 10);
    return { root, count: below.length, lastSeq, lastTimestamp, users };
  }

  sendMessage({ text, clientId, thread, replyTo }, socket) {
    const known = this.byClientId.get(clientId);
    if (known) return { ...known, duplicate: true };
    const seq = this.head + 1;
    const sent = { room: this.room, seq, rev: this.rev + 1, timestamp: 1000 * seq, duplicate: false };
    this.byClientId.set(clientId, sent);
    const more = { clientId, ...(thread && { thread }), ...(replyTo && { replyTo }) };
    socket.afterReply = () => this.post(this.me, text, more);
    return sent;
  }
}

/** Returns the index of the first message with at least this seq. */
function indexAt(messages, seq) {
  const index = messages.findIndex((message) => message.seq >= seq);
  return index < 0 ? messages.length : index;
}

class FakeSocket {
  sent = [];
  told = [];
  late = [];
  subscribed = false;
  open = false;
  onopen = null;
  onmessage = null;
  onclose = null;

  constructor(server, url, protocol) {
    Object.assign(this, { server, url, protocol });
    server.sockets.push(this);
    if (server.auto) this.start();
  }

  /** Accepts the connection, or refuses it while the server is down. */
  start() {
    queueMicrotask(() => {
      if (this.server.down) return this.end(1006);
      this.open = true;
      return this.onopen?.();
    });
  }

  send(text) {
    this.sent.push(JSON.parse(text));
    if (this.server.auto) queueMicrotask(() => this.receive());
  }

  close() {
    this.server.sockets = this.server.sockets.filter((socket) => socket !== this);
  }

  /** Hands the next call to the server. */
  receive() {
    const call = this.sent.shift();
    if (!call || !this.server.sockets.includes(this)) return;
    this.server.answer(this, call);
    const { afterReply } = this;
    this.afterReply = null;
    afterReply?.();
  }

  tell(frame) {
    this.told.push(frame);
    if (this.server.auto) queueMicrotask(() => this.deliver());
  }

  /** Hands the next frame to the client. */
  deliver() {
    const frame = this.told.shift();
    if (frame) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** Hands over a reply that was overtaken. */
  deliverLate() {
    const frame = this.late.shift();
    if (frame) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  end(code) {
    this.close();
    this.onclose?.({ code });
  }
}
