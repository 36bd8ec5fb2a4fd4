// START HERE: the page, and the actions of the user.
import { Account } from './account.js';
import { Chat } from './chat.js';
import { errorText, post, sendable } from './connection.js';
import { $, Press, hue, initial, setText } from './dom.js';
import { LogInForm, takeInvitation } from './login.js';
import { Lists } from './lists.js';
import { retryLogOuts } from './logout.js';
import { Messages } from './messages.js';

const TOKEN = 'chatroom.token';
/** Key in local storage. A tab sets it to notify other tabs of a renewed token. */
const RENEWAL = 'chatroom.renewal';

const count = (number) => number.toLocaleString();

class View {
  constructor() {
    Object.assign(this, { chat: null, drafts: new Map(), editing: null, notice: '' });
    this.account = new Account((old, token) => this.renewed(old, token));
    const loggedIn = (token) => {
      localStorage.setItem(TOKEN, token);
      this.start(token);
    };
    this.logInForm = new LogInForm(loggedIn, this.account);
    this.lists = new Lists(() => this.chat);
    this.press = new Press(() => this.changed());
    this.messages = new Messages({
      edit: (message) => this.edit(message),
      remove: (message) => this.remove(message),
    });
    $('open-account').onclick = () => this.account.open(this.chat.token);
    $('log-out').onclick = () => this.logOut();
    $('join').onsubmit = (event) => this.go(event, (name) => this.join(name));
    $('direct').onsubmit = (event) => this.go(event, (name) => this.write(name));
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
    $('text').oninput = () => this.editing || this.chat.typing.typed($('text').value.trim() !== '');
    $('jump').onclick = () => this.messages.toEnd();
    $('scroll').onscroll = () => this.scrolled();
    addEventListener('hashchange', () => this.route());
    addEventListener('online', () => {
      this.chat?.connection.reconnectNow();
      retryLogOuts();
    });
    addEventListener('storage', ({ key, newValue }) => {
      const [old, token] = (key === RENEWAL && JSON.parse(newValue)) || [];
      if (token && this.chat?.token === old) this.chat.renewed(token);
    });
    document.addEventListener('visibilitychange', () => this.seen());
    addEventListener('pagehide', () => this.chat?.cursors.leave());
    retryLogOuts();
    const token = localStorage.getItem(TOKEN);
    if (token) this.start(token);
    else this.leave('');
  }

  // ---- log-in and log-out

  start(token) {
    this.logInForm.hide();
    $('chat').hidden = false;
    this.chat = new Chat(token, this);
    this.route();
  }

  /** Accepts the invitation by which the page was opened, unless a sign-up has used it. */
  async connected() {
    const code = takeInvitation();
    const accepted = code && (await this.attempt('acceptInvitation', { code }));
    if (accepted?.room) this.open(accepted.room);
  }

  logOut() {
    const unsent = this.chat.outbox.pending.length;
    if (unsent && !confirm('Not all of your messages are sent. Log out all the same, and lose them?')) return;
    this.chat.logOut();
    this.leave('', { forget: true });
  }

  /** Shows the log-in form. Unless `forget` is set, the user can try again with the same token and room. */
  leave(words, { forget = false, code } = {}) {
    if (forget) {
      // Somebody may have logged in in another tab since.
      if (localStorage.getItem(TOKEN) === this.chat.token) localStorage.removeItem(TOKEN);
      history.replaceState(null, '', location.pathname);
    }
    const token = this.chat && !forget ? this.chat.token : null;
    this.chat = null;
    this.drafts.clear();
    this.edit(null);
    $('text').value = '';
    this.lists.clear();
    this.notify('');
    this.messages.clear();
    document.title = 'chatroom';
    $('chat').hidden = true;
    this.account.close();
    this.logInForm.show(words, token, code);
  }

  /** Renews a token before it expires. Failures are ignored, since another tab may have renewed it already. */
  async renew(old) {
    const { token } = await post('/api/renew', null, old).catch(() => ({}));
    if (token) this.renewed(old, token);
  }

  renewed(old, token) {
    if (this.chat?.token === old) this.chat.renewed(token);
    this.logInForm.renewed(old, token);
    if (localStorage.getItem(TOKEN) !== old) return;
    localStorage.setItem(TOKEN, token);
    localStorage.setItem(RENEWAL, JSON.stringify([old, token]));
    localStorage.removeItem(RENEWAL);
  }

  // ---- navigation: the fragment of the URL is the open room

  open(room) {
    location.hash = room;
  }

  route() {
    if (!this.chat) return;
    this.edit(null);
    this.notify('');
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
    if (!confirm(`Leave ${this.chat.name(room)}?`)) return;
    if (await this.attempt('leaveRoom', { room })) this.open('');
  }

  /** Makes a call. If it is refused, shows the error and returns null. */
  async attempt(method, params) {
    try {
      return await this.chat.call(method, params);
    } catch (error) {
      this.notify(errorText(error));
      return null;
    }
  }

  notify(words) {
    clearTimeout(this.noticeTimer);
    this.notice = words;
    if (words) this.noticeTimer = setTimeout(() => this.notify(''), 8000);
    this.changed();
  }

  // ---- the composer

  async submit(event) {
    event.preventDefault();
    const text = sendable($('text').value).trim();
    if (!text) return;
    const [length, most] = [[...text].length, this.chat.limits?.textChars];
    if (length > most) return this.notify(`A message has at most ${count(most)} characters, this has ${count(length)}.`);
    const { editing } = this;
    if (editing) {
      if ((await this.attempt('editMessage', { ...editing, text })) && this.editing === editing) this.edit(null);
      return;
    }
    $('text').value = '';
    this.messages.toEnd();
    this.chat.say(text);
  }

  /** Edits a message in the composer. Null: ends editing, and restores the draft. */
  edit(message) {
    if (!message && !this.editing) return;
    if (!this.editing) this.savedDraft = $('text').value;
    this.editing = message && { room: message.room, seq: message.seq };
    $('editing').hidden = !message;
    $('text').value = message ? message.text : this.savedDraft;
    $('text').focus();
  }

  async remove({ room, seq }) {
    if (confirm('Delete this message for everyone?')) await this.attempt('deleteMessage', { room, seq });
  }

  // ---- scrolling and visibility

  scrolled() {
    this.messages.look();
    if ($('scroll').scrollTop < 300) this.chat?.older();
    this.chat?.count();
    this.changed();
  }

  seen() {
    if (document.hidden) return;
    this.chat?.connection.reconnectNow();
    this.chat?.count();
    this.changed();
  }

  reading() {
    return this.messages.atEnd && !document.hidden;
  }

  // ---- drawing: once for all changes of one step, and not during a press

  changed() {
    if (this.drawing || this.press.held) return;
    this.drawing = true;
    queueMicrotask(() => {
      this.drawing = false;
      if (this.chat) this.draw(this.chat);
    });
  }

  draw(chat) {
    const { room, state, me, line, topic, people } = chat;
    this.lists.draw(chat);
    const unread = [...chat.entries.values()].reduce((sum, entry) => sum + entry.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ''}${room ? `${chat.label(room)} · ` : ''}chatroom`;
    $('me').textContent = me?.displayName ?? '';
    $('me').title = me ? `@${me.name}` : '';
    $('my-sign').textContent = me ? initial(me.displayName) : '';
    $('my-sign').className = `sign hue${me ? hue(me.name) : 0}`;
    $('notice').hidden = !this.notice;
    setText('notice', this.notice);
    $('status').hidden = line !== 'lost';
    setText('status', line === 'lost' ? 'Connection lost. Trying again…' : '');
    $('chat').classList.toggle('in-room', room !== null);
    $('head').hidden = room === null;
    const partner = room && chat.partner(room);
    setText('title', room ? chat.name(room) : '');
    setText('handle', partner ? people.handle(partner) : '');
    $('about').textContent = [this.online(chat), topic].filter(Boolean).join(' · ');
    $('text').placeholder = room ? `Message ${chat.label(room)}` : '';
    $('leave').hidden = state !== 'open' || !room || room.startsWith('@');
    $('join-here').hidden = state !== 'outside';
    $('composer').hidden = !room || !['open', 'draft', 'loading'].includes(state);
    if (this.wantsFocus) $('text').focus();
    this.wantsFocus = false;
    const typing = chat.typing.users.map((user) => people.label(user));
    setText('typing', typing.length ? `${typing.join(', ')} ${typing.length > 1 ? 'are' : 'is'} typing…` : '');
    this.messages.draw(chat);
  }

  online({ room, state, online, onlineCount, people, me }) {
    if (!room || state !== 'open') return '';
    const partner = this.chat.partner(room);
    if (partner === me.name) return 'Notes to yourself';
    if (partner) return online.has(partner) ? 'Online' : 'Away';
    if (!online.size) return `${onlineCount} online`;
    const others = [...online].filter((user) => user !== me.name).map((user) => people.label(user));
    return others.length ? `${online.size} online: you, ${others.sort().join(', ')}` : 'Only you are online';
  }
}

new View();
