// The page: what is on the screen, and what a person does there. Text reaches the DOM as text only.
import { Chat } from '/chat.js';
import { inWords, post } from '/connection.js';

const $ = (id) => document.getElementById(id);

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const button = (words, onclick) => make('button', { type: 'button', className: 'quiet', textContent: words, onclick });

/** Makes the list's items be `rows`; what did not change is not touched. */
function reconcile(list, rows) {
  const wanted = new Set(rows.map(({ key }) => key));
  for (const node of [...list.children]) if (!wanted.has(node.dataset.key)) node.remove();
  const nodes = new Map([...list.children].map((node) => [node.dataset.key, node]));
  let next = list.firstElementChild;
  for (const { key, stamp, build } of rows) {
    let node = nodes.get(key);
    if (node?.dataset.stamp !== stamp) {
      const [old, focused] = [node, node?.contains(document.activeElement)];
      node = build();
      Object.assign(node.dataset, { key, stamp });
      old?.replaceWith(node);
      if (old && next === old) next = node;
      if (focused) node.querySelector('a, button')?.focus();
    }
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
  }
}

function withLinks(text) {
  const link = (href) => make('a', { href, target: '_blank', rel: 'noopener noreferrer', textContent: href });
  const parts = text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'])/);
  return parts.map((part, index) => (index % 2 ? link(part) : part));
}

const clock = new Intl.DateTimeFormat([], { hour: 'numeric', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat([], { weekday: 'long', day: 'numeric', month: 'long' });
const hue = (name) => [...name].reduce((sum, letter) => (sum * 67 + letter.charCodeAt(0)) % 1009, 7) % 6;

class View {
  constructor() {
    Object.assign(this, { chat: null, atEnd: true, drafts: new Map(), editing: null });
    const form = $('entry');
    form.onchange = () => this.showMode(form.mode.value === 'signup');
    form.onsubmit = (event) => this.logIn(event, form);
    $('log-out').onclick = () => {
      this.chat.logOut();
      this.leave('', true);
    };
    $('join').onsubmit = (event) => this.go(event, (name) => this.join(name));
    $('join').addEventListener('focusin', () => this.offerRooms());
    $('direct').onsubmit = (event) => this.go(event, (name) => this.write(name));
    $('direct').addEventListener('focusin', () => this.offer('known-people', [...this.chat.names]));
    $('join-here').onclick = () => this.join(this.chat.room);
    $('leave').onclick = () => this.leaveRoom();
    $('stop-editing').onclick = () => this.edit(null);
    $('composer').onsubmit = (event) => this.submit(event);
    $('text').onkeydown = (event) => {
      if (event.key === 'Escape') this.edit(null);
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      $('composer').requestSubmit();
    };
    $('text').oninput = () => this.editing || this.chat.typed($('text').value.trim() !== '');
    $('jump').onclick = () => this.toEnd();
    $('scroll').onscroll = () => this.scrolled();
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe($('scroll'));
    addEventListener('hashchange', () => this.route());
    addEventListener('online', () => this.chat?.connection.hurry());
    document.addEventListener('visibilitychange', () => this.seen());
    const token = localStorage.getItem('chatroom.token');
    if (token) this.start(token);
    else this.leave('', false);
  }

  // ---- coming and going

  showMode(signingUp) {
    $('display-name').hidden = !signingUp;
    $('enter').textContent = signingUp ? 'Sign up' : 'Log in';
    $('entry').password.autocomplete = signingUp ? 'new-password' : 'current-password';
  }

  async logIn(event, { mode, name, displayName, password }) {
    event.preventDefault();
    const body = { name: name.value, password: password.value };
    if (mode.value === 'signup' && displayName.value.trim()) body.displayName = displayName.value;
    $('entry-error').textContent = '';
    $('enter').disabled = true;
    try {
      const { token } = await post(`/api/${mode.value}`, body);
      localStorage.setItem('chatroom.token', token);
      password.value = '';
      this.start(token);
    } catch (error) {
      $('entry-error').textContent = inWords(error);
    }
    $('enter').disabled = false;
  }

  start(token) {
    $('entrance').hidden = true;
    $('chat').hidden = false;
    this.chat = new Chat(token, this);
    this.route();
  }

  /** Back to the log-in form; `forget` the token and where one was. */
  leave(words, forget) {
    if (forget) {
      localStorage.removeItem('chatroom.token');
      history.replaceState(null, '', location.pathname);
    }
    this.chat = null;
    this.drafts.clear();
    this.edit(null);
    $('text').value = '';
    for (const list of ['rooms', 'directs', 'log']) $(list).replaceChildren();
    document.title = 'chatroom';
    $('chat').hidden = true;
    $('entrance').hidden = false;
    $('entry-error').textContent = words;
    $('entry').name.focus();
  }

  // ---- moving between rooms: the address's fragment says which is open

  open(room) {
    location.hash = room;
  }

  route() {
    if (!this.chat) return;
    this.edit(null);
    if (this.chat.room) this.drafts.set(this.chat.room, $('text').value);
    const room = location.hash.slice(1) || null;
    this.chat.enter(room);
    $('text').value = this.drafts.get(room) ?? '';
    this.wantsFocus = room !== null && matchMedia('(hover: hover)').matches;
  }

  async go(event, act) {
    event.preventDefault();
    const field = event.target.querySelector('input');
    const name = field.value.trim().toLowerCase().replace(/^[@#]/, '');
    if (name && this.chat.me && (await act(name)) !== false) field.value = '';
  }

  async join(room) {
    const joined = await this.attempt('joinRoom', { room });
    if (joined) this.open(room);
    return joined !== null;
  }

  write(name) {
    this.open(`@${[name, this.chat.me.name].sort().join(':')}`);
  }

  async leaveRoom() {
    const room = this.chat.room;
    if (!confirm(`Leave ${this.name(room)}?`)) return;
    if (await this.attempt('leaveRoom', { room })) this.open('');
  }

  async offerRooms() {
    const { rooms } = await this.chat.call('listRooms', { limit: 200 }).catch(() => ({ rooms: [] }));
    this.offer('known-rooms', rooms.filter(({ member }) => !member).map(({ room, title }) => [room, title]));
  }

  offer(list, named) {
    $(list).replaceChildren(...named.map(([value, label]) => make('option', { value, label })));
  }

  /** A call whose refusal is told; null then. */
  async attempt(method, params) {
    try {
      return await this.chat.call(method, params);
    } catch (error) {
      this.notify(inWords(error));
      return null;
    }
  }

  notify(words) {
    clearTimeout(this.noticeTimer);
    $('notice').textContent = words;
    $('notice').hidden = !words;
    if (words) this.noticeTimer = setTimeout(() => this.notify(''), 8000);
  }

  // ---- the composer

  async submit(event) {
    event.preventDefault();
    const text = $('text').value.trim();
    if (!text) return;
    if (this.editing) {
      if (await this.attempt('editMessage', { ...this.editing, text })) this.edit(null);
      return;
    }
    $('text').value = '';
    this.toEnd();
    this.chat.say(text);
  }

  /** The composer holds that message's text, or again what was in it before. */
  edit(message) {
    if (!message && !this.editing) return;
    if (!this.editing) this.laidAside = $('text').value;
    this.editing = message && { room: message.room, seq: message.seq };
    $('editing').hidden = !message;
    $('text').value = message ? message.text : this.laidAside;
    $('text').focus();
  }

  async remove({ room, seq }) {
    if (confirm('Delete this message for everyone?')) await this.attempt('deleteMessage', { room, seq });
  }

  // ---- what is in sight

  /** Notes where the log stands. A scroll is told in the browser's next frame only: ask before drawing, too. */
  look() {
    const { scrollTop, scrollHeight, clientHeight } = $('scroll');
    if (scrollTop !== this.scrollTop) this.atEnd = scrollHeight - scrollTop - clientHeight < 40;
    this.scrollTop = scrollTop;
  }

  scrolled() {
    this.look();
    if (this.scrollTop < 300) this.chat?.older();
    this.chat?.count();
    this.changed();
  }

  seen() {
    if (document.hidden) return;
    this.chat?.connection.hurry();
    this.chat?.count();
    this.changed();
  }

  toEnd() {
    $('scroll').scrollTop = $('scroll').scrollHeight;
  }

  reading() {
    return this.atEnd && !document.hidden;
  }

  // ---- drawing: once for all that changes in one step

  changed() {
    if (this.drawing) return;
    this.drawing = true;
    queueMicrotask(() => {
      this.drawing = false;
      if (this.chat) this.draw(this.chat);
    });
  }

  draw(chat) {
    const { room, state, me, line, topic, typists } = chat;
    this.drawLists([...chat.entries.values()], room);
    $('me').textContent = me?.displayName ?? '';
    $('me').title = me ? `@${me.name}` : '';
    $('status').hidden = line !== 'lost';
    $('status').textContent = line === 'lost' ? 'Connection lost. Trying again…' : '';
    $('chat').classList.toggle('in-room', room !== null);
    $('head').hidden = room === null;
    $('title').textContent = room ? this.name(room) : '';
    $('about').textContent = [this.online(chat), topic].filter(Boolean).join(' · ');
    $('text').placeholder = room ? `Message ${this.name(room)}` : '';
    $('leave').hidden = state !== 'open' || !room || room.startsWith('@');
    $('join-here').hidden = state !== 'outside';
    $('composer').hidden = !room || !['open', 'draft', 'loading'].includes(state);
    if (this.wantsFocus) $('text').focus();
    this.wantsFocus = false;
    const typing = [...typists.keys()].map((user) => chat.names.get(user) ?? user);
    $('typing').textContent = typing.length ? `${typing.join(', ')} ${typing.length > 1 ? 'are' : 'is'} typing…` : '';
    this.drawLog(chat);
  }

  name(room) {
    const partner = this.chat.partner(room);
    if (!partner) return this.chat.entries.get(room)?.title ?? room;
    const name = this.chat.names.get(partner) ?? partner;
    return partner === this.chat.me?.name ? `${name} (you)` : name;
  }

  online({ room, state, online, onlineCount, names, me }) {
    if (!room || state !== 'open') return '';
    const partner = this.chat.partner(room);
    if (partner === me.name) return 'Notes to yourself';
    if (partner) return online.has(partner) ? 'Online' : 'Away';
    if (!online.size) return `${onlineCount} online`;
    const others = [...online].filter((user) => user !== me.name).map((user) => names.get(user) ?? user);
    return others.length ? `${online.size} online: you, ${others.sort().join(', ')}` : 'Only you are online';
  }

  drawLists(entries, room) {
    const active = ({ lastMessage }) => lastMessage?.timestamp ?? Infinity;
    const rooms = entries.filter(({ kind }) => kind === 'room').sort((a, b) => a.title.localeCompare(b.title));
    const directs = entries.filter(({ kind }) => kind === 'direct').sort((a, b) => active(b) - active(a));
    reconcile($('rooms'), rooms.map((entry) => this.entry(entry)));
    reconcile($('directs'), directs.map((entry) => this.entry(entry)));
    const unread = entries.reduce((sum, entry) => sum + entry.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ''}${room ? `${this.name(room)} · ` : ''}chatroom`;
  }

  entry({ room, kind, unread, mentions }) {
    const [current, name] = [room === this.chat.room, this.name(room)];
    const sign = kind === 'room' ? ['#', 'sign hash'] : [name[0], `sign hue${hue(this.chat.partner(room))}`];
    const badge = (count, before, word) => {
      const read = make('span', { className: 'unseen' }, ` ${word}`);
      return count ? make('span', { className: `badge ${word}` }, `${before}${count}`, read) : null;
    };
    const link = { href: `#${room}`, className: unread ? 'fresh' : '', ariaCurrent: current ? 'page' : null };
    const build = () => make('li', {}, make('a', link,
      make('span', { className: sign[1], ariaHidden: 'true' }, sign[0]), make('span', { className: 'name' }, name),
      badge(mentions, '@', 'mentions'), badge(unread, '', 'unread')));
    return { key: room, stamp: `${current} ${unread} ${mentions} ${name}`, build };
  }

  drawLog(chat) {
    const { room, state } = chat;
    const [log, box, before] = [chat.logs.get(room), $('scroll'), this.shown];
    this.look();
    const fromEnd = box.scrollHeight - box.scrollTop;
    this.shown = { room, state, low: log?.low };
    const anew = before?.room !== room || before.state !== state;
    const older = !anew && log?.low < before.low;
    if (anew) this.atEnd = true;
    box.ariaLive = anew || older ? 'off' : 'polite'; // only what is new is read out
    const rows = this.rows(chat, log?.list() ?? []);
    reconcile($('log'), rows);
    $('empty').textContent = rows.length ? '' : this.empty(chat);
    if (this.atEnd) this.toEnd();
    else if (older) box.scrollTop = box.scrollHeight - fromEnd;
    $('jump').hidden = this.atEnd || !chat.entries.get(room)?.unread;
    if (box.scrollHeight <= box.clientHeight) chat.older();
  }

  empty({ room, state, trouble, me }) {
    if (!room) return me ? 'Choose a conversation, join a room or write to someone.' : '';
    if (state === 'loading') return 'Loading…';
    if (state === 'outside') return `You are not a member of ${room}.`;
    if (state === 'draft') return `Nothing here yet. Your first message to ${this.name(room)} starts the conversation.`;
    return state === 'failed' ? trouble : 'Nothing here yet. Say hello.';
  }

  rows({ room, me, names, readTo, pending }, messages) {
    const rows = [];
    const begun = readTo ?? Infinity;
    const line = (key, className, words) =>
      rows.push({ key: `${room} ${key}`, stamp: '', build: () => make('li', { className }, make('span', {}, words)) });
    let last = { seq: 0 };
    for (const message of messages) {
      const { seq, rev, sender, timestamp } = message;
      const day = new Date(timestamp).toDateString();
      if (day !== last.day) line(day, 'day', calendar.format(timestamp));
      const begins = last.seq <= begun && seq > begun && sender !== me.name;
      if (begins) line('new', 'new', 'New');
      const same = !begins && day === last.day && sender === last.sender && timestamp - last.timestamp < 300000;
      const name = names.get(sender) ?? sender;
      const build = () => this.message(message, name, same);
      rows.push({ key: `${room} ${seq}`, stamp: `${rev} ${same} ${name}`, build });
      last = { seq, day, sender, timestamp };
    }
    for (const item of pending.filter((one) => one.room === room)) {
      rows.push({ key: item.clientId, stamp: item.error ?? '', build: () => this.pending(item) });
    }
    return rows;
  }

  message(message, name, same) {
    const { sender, text, timestamp, editedAt, deleted } = message;
    const mine = sender === this.chat.me.name && !deleted;
    const classes = ['message', same && 'same', deleted && 'deleted', this.chat.mentionsMe(message) && 'mentioned'];
    const when = new Date(timestamp);
    const words = deleted ? ['This message was deleted.'] : withLinks(text);
    if (editedAt && !deleted) words.push(make('small', { title: new Date(editedAt).toLocaleString() }, ' edited'));
    const actions = () => [button('Edit', () => this.edit(message)), button('Delete', () => this.remove(message))];
    // To be focused by a tap, which shows the actions where nothing hovers.
    return make('li', { className: classes.filter(Boolean).join(' '), ...(mine && { tabIndex: -1 }) },
      make('span', { className: `sign hue${hue(sender)}`, ariaHidden: 'true' }, name[0]),
      make('p', { className: 'by' }, make('strong', { title: `@${sender}` }, name), ' ',
        make('time', { dateTime: when.toISOString(), title: when.toLocaleString() }, clock.format(when))),
      make('p', { className: 'text' }, ...words),
      mine ? make('p', { className: 'actions' }, ...actions()) : null);
  }

  pending(item) {
    const again = () => {
      delete item.error;
      this.chat.keep();
      this.chat.flush();
    };
    const discard = () => this.chat.drop((other) => other === item);
    const failure = () => [`Not sent. ${item.error} `, button('Try again', again), button('Discard', discard)];
    return make('li', { className: item.error ? 'message pending failed' : 'message pending' },
      make('p', { className: 'text' }, item.text),
      make('p', { className: 'state' }, ...(item.error ? failure() : ['Sending…'])));
  }
}

new View();
