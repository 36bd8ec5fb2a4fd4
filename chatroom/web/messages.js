// Shows the open room's messages: rows and scroll position.
import { $, button, hue, initial, make, reconcile, setText, withLinks } from './dom.js';

const clock = new Intl.DateTimeFormat([], { hour: 'numeric', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat([], { weekday: 'long', day: 'numeric', month: 'long' });

/** `edit(message)` and `remove(message)` are the actions on messages of this user. */
export class Messages {
  constructor({ edit, remove }) {
    Object.assign(this, { edit, remove, atEnd: true, shown: {} });
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe($('scroll'));
  }

  /** Notes the scroll position. Called before drawing too, since the scroll event comes only in the next frame. */
  look() {
    const { scrollTop, scrollHeight, clientHeight } = $('scroll');
    if (scrollTop !== this.scrollTop) this.atEnd = scrollHeight - scrollTop - clientHeight < 40;
    this.scrollTop = scrollTop;
  }

  toEnd() {
    $('scroll').scrollTop = $('scroll').scrollHeight;
  }

  clear() {
    $('log').replaceChildren();
  }

  draw(chat) {
    const { room, state } = chat;
    const [log, box, before] = [chat.logs.get(room), $('scroll'), this.shown];
    this.look();
    const firstSeen = this.atEnd ? null : inSight(box);
    this.shown = { room, state, low: log?.low };
    const anew = before.room !== room || before.state !== state;
    const older = !anew && log?.low < before.low;
    if (anew) this.atEnd = true;
    box.ariaLive = anew || older ? 'off' : 'polite'; // screen readers read only new messages
    const rows = this.rows(chat, log?.list() ?? [], log?.generation);
    reconcile($('log'), rows);
    setText('empty', rows.length ? '' : inPlaceOfMessages(chat));
    if (this.atEnd) this.toEnd();
    else if (firstSeen) box.scrollTop += (bottomOf(firstSeen.key) ?? firstSeen.bottom) - firstSeen.bottom;
    $('jump').hidden = this.atEnd || !chat.entries.get(room)?.unread;
    if (box.scrollHeight <= box.clientHeight) chat.older();
  }

  rows(chat, messages, generation) {
    const { room, me, people, readTo, outbox } = chat;
    const rows = [];
    const read = readTo ?? Infinity;
    const line = (key, className, words) =>
      rows.push({ key: `${room} ${key}`, stamp: '', build: () => make('li', { className }, make('span', {}, words)) });
    let last = { seq: 0 };
    for (const message of messages) {
      const { seq, rev, sender, timestamp } = message;
      const day = new Date(timestamp).toDateString();
      if (day !== last.day) line(day, 'day', calendar.format(timestamp));
      const begins = last.seq <= read && seq > read && sender !== me.name;
      if (begins) line('new', 'new', 'New');
      const same = !begins && day === last.day && sender === last.sender && timestamp - last.timestamp < 300000;
      const [name, handle] = [people.name(sender), people.handle(sender)];
      const build = () => this.message(chat, message, name, handle, same);
      rows.push({ key: `${room} ${seq}`, stamp: `${generation} ${rev} ${same} ${handle} ${name}`, build });
      last = { seq, day, sender, timestamp };
    }
    for (const item of outbox.pending.filter((one) => one.room === room)) {
      rows.push({ key: item.clientId, stamp: item.error ?? item.delay ?? '', build: () => pending(item, outbox) });
    }
    return rows;
  }

  message(chat, message, name, handle, same) {
    const { sender, text, timestamp, editedAt, deleted, attachments = [] } = message;
    const mine = sender === chat.me.name && !deleted;
    const classes = ['message', same && 'same', deleted && 'deleted', chat.mentionsMe(message) && 'mentioned'];
    const when = new Date(timestamp);
    const words = deleted ? ['This message was deleted.'] : withLinks(text);
    for (const { name } of attachments) words.push(make('small', { dir: 'auto' }, ` [${name}]`));
    if (editedAt && !deleted) words.push(make('small', { title: new Date(editedAt).toLocaleString() }, ' edited'));
    const actions = () => [button('Edit', () => this.edit(message)), button('Delete', () => this.remove(message))];
    // Focusable, so that a tap shows the actions on devices without a mouse.
    return make('li', { className: classes.filter(Boolean).join(' '), ...(mine && { tabIndex: -1 }) },
      make('span', { className: `sign hue${hue(sender)}`, ariaHidden: 'true' }, initial(name)),
      make('p', { className: 'by' }, make('strong', { title: `@${sender}`, dir: 'auto' }, name), ' ',
        handle && make('span', { className: 'handle' }, `${handle} `),
        make('time', { dateTime: when.toISOString(), title: when.toLocaleString() }, clock.format(when))),
      make('p', { className: 'text' }, ...words),
      mine ? make('p', { className: 'actions' }, ...actions()) : null);
  }
}

/** Returns the first visible message and the position of its end. Its start may move when the rows above change. */
function inSight(box) {
  const { top } = box.getBoundingClientRect();
  const row = [...box.querySelectorAll('.message')].find((one) => one.getBoundingClientRect().bottom > top);
  return row && { key: row.dataset.key, bottom: row.getBoundingClientRect().bottom };
}

const bottomOf = (key) => $('log').querySelector(`[data-key="${CSS.escape(key)}"]`)?.getBoundingClientRect().bottom;

function pending(item, outbox) {
  const again = button('Try again', () => outbox.retry(item));
  const discard = button('Discard', () => outbox.drop((other) => other === item));
  return make('li', { className: item.error ? 'message pending failed' : 'message pending' },
    make('p', { className: 'text' }, item.text),
    make('p', { className: 'state' }, ...(item.error ? [`Not sent. ${item.error} `, again, discard] : [item.delay ?? 'Sending…'])));
}

function inPlaceOfMessages(chat) {
  const { room, state, trouble, me } = chat;
  if (!room) return me ? 'Choose a conversation, join a room or write to someone.' : '';
  if (state === 'loading') return 'Loading…';
  if (state === 'outside') return `You are not a member of ${room}.`;
  if (state === 'draft') return `Nothing here yet. Your first message to ${chat.label(room)} starts the conversation.`;
  return state === 'failed' ? trouble : 'Nothing here yet. Say hello.';
}
