import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, opened } from './harness.js';
import { FakeServer } from './server.js';

const entry = (room, changes = {}) => ({
  ...{ room, kind: 'room', title: room, visibility: 'public', headSeq: 10, readSeq: 1, unread: 0, mentions: 0, notifications: 'all' },
  ...changes,
});

const at = (timestamp) => ({ lastMessage: { room: '', seq: 1, rev: 1, sender: 'bob', text: '', timestamp } });

/** Returns a server whose inbox has these pages. */
function paged(...pages) {
  const server = new FakeServer();
  server.getInbox = ({ after } = {}) => {
    const page = Number(after ?? 0);
    const next = page + 1 < pages.length ? `${page + 1}` : null;
    return { unread: 0, mentions: 0, threads: { unread: 3, mentions: 1 }, rooms: pages[page], next };
  };
  return server;
}

const names = ({ inbox }) => inbox.state.rooms.map(({ room }) => room);

test('all pages are loaded; sums are over rooms that are not muted', async () => {
  const muted = { unread: 9, notifications: 'none' };
  const pages = [[entry('a', { unread: 2, mentions: 1 }), entry('b', muted)], [entry('c', { unread: 3 })]];
  const { client, clock } = await begin({ server: paged(...pages) });
  await clock.advance(20);
  const { unread, mentions, threads, complete, rooms } = client.inbox.state;
  assert.deepEqual([unread, mentions, complete], [5, 1, true]);
  assert.deepEqual({ ...threads }, { unread: 3, mentions: 1 });
  assert.deepEqual(rooms.map((room) => room.muted), [false, true, false]);
});

test('the newest activity comes first', async () => {
  const pages = [[entry('a', at(300)), entry('b', at(200)), entry('c', at(100))]];
  const { client, server, clock } = await begin({ server: paged(...pages) });
  await clock.advance(20);
  assert.deepEqual(names(client), ['a', 'b', 'c']);
  server.socket.tell({ method: 'unread', params: entry('c', { unread: 1, ...at(400) }) });
  await clock.advance(20);
  assert.deepEqual(names(client), ['c', 'a', 'b']);
});

test('rooms that are gone after a lost connection are dropped', async () => {
  const { client, server, clock } = await begin({ server: paged([entry('a'), entry('b')]) });
  const later = paged([entry('b')]);
  server.getInbox = later.getInbox;
  server.cut();
  await clock.advance(1000);
  assert.deepEqual(names(client), ['b']);
});

test('messages in an open room count until they are read', async () => {
  const { client, server, clock } = await begin();
  const room = await opened(client, clock);
  for (const text of ['one', 'two']) server.post('bob', text, { mentions: ['alice'] });
  server.post('alice', 'mine');
  await clock.advance(500);
  const { unread, mentions, headSeq, lastMessage } = client.inbox.entry('general');
  assert.deepEqual([unread, mentions, headSeq, lastMessage.text], [2, 2, 3, 'mine']);
  room.markRead(1);
  assert.equal(client.inbox.entry('general').unread, 1);
  room.markRead();
  assert.equal(client.inbox.state.unread, 0);
  await clock.advance(500);
  assert.equal(server.readSeq, 3);
  server.post('bob', 'three');
  await clock.advance(500);
  assert.equal(client.inbox.entry('general').unread, 1);
});

test('messages that are seen as they come are never counted', async () => {
  const { client, server, clock } = await begin();
  const room = await opened(client, clock);
  const counts = [];
  client.inbox.subscribe(() => counts.push(client.inbox.state.unread));
  const states = [];
  room.subscribe(() => states.push([room.state.headSeq, room.state.readSeq]));
  room.reads(true);
  server.post('bob', 'one');
  await clock.advance(500);
  assert.deepEqual(states, [[1, 1]]);
  assert(counts.length && counts.every((count) => count === 0), `${counts}`);
  assert.equal(server.readSeq, 1);
  room.reads(false);
  server.post('bob', 'two');
  await clock.advance(500);
  assert.equal(client.inbox.entry('general').unread, 1);
});

test('a deleted unread message does not count any more', async () => {
  const { client, server, clock } = await begin();
  await opened(client, clock);
  server.post('bob', 'one');
  server.post('bob', 'two');
  await clock.advance(500);
  server.change(1, { text: '', deleted: true });
  await clock.advance(500);
  assert.equal(client.inbox.entry('general').unread, 1);
});

test('cursors are sent one at a time, the last one of each room', async () => {
  const { client, server, clock } = await begin();
  const room = await opened(client, clock);
  for (let count = 0; count < 20; count++) server.post('bob', `${count}`);
  await clock.advance(500);
  server.calls.length = 0;
  for (let seq = 1; seq <= 20; seq++) room.markRead(seq);
  await clock.advance(500);
  const marked = server.calls.filter(({ method }) => method === 'markRead').map(({ params }) => params.seq);
  assert.equal(marked.at(-1), 20);
  assert(marked.length <= 2, `${marked}`);
});

test('settings are written again if another device was first', async () => {
  const server = new FakeServer();
  let kept = { settings: { from: 'elsewhere' }, number: 4 };
  server.getSettings = () => kept;
  server.setSettings = ({ settings, number }) => (kept = { settings, number: number + 1 });
  server.refusals.set('setSettings', [{ reason: 'conflict', temporary: false }]);
  const { client, clock } = await begin({ server });
  client.settings.put({ settings: {}, number: 3 });
  const updating = client.settings.update((settings) => ({ ...settings, theme: 'dark' }));
  await clock.advance(20);
  await updating;
  assert.deepEqual(client.settings.state.settings, { from: 'elsewhere', theme: 'dark' });
});

test('names are loaded in batches, and those that may be mistaken have a handle', async () => {
  const server = new FakeServer();
  const asked = [];
  server.getUsers = ({ users }) => {
    asked.push(users.length);
    return { users: users.map((name) => ({ name, displayName: name.startsWith('bob') ? 'Bob' : name, online: true })) };
  };
  const { client, clock } = await begin({ server });
  client.people.want(Array.from({ length: 150 }, (_, number) => `user${number}`));
  client.people.want(['bob1', 'bob2', 'carol']);
  await clock.advance(1000);
  assert.deepEqual(asked.reduce((sum, count) => sum + count, 0) >= 153 && asked.length <= 4, true, `${asked}`);
  const { people } = client;
  assert.deepEqual([people.name('bob1'), people.handle('bob1'), people.handle('carol')], ['Bob', '@bob1', '']);
  const before = people.state.profiles;
  server.socket.tell({ method: 'userChanged', params: { name: 'bob2', displayName: 'Robert' } });
  await clock.advance(20);
  assert.notEqual(people.state.profiles, before);
  assert.deepEqual([people.name('bob2'), people.handle('bob1')], ['Robert', '']);
});

test('somebody who was not shown is, after coming into a room of mine', async () => {
  const server = new FakeServer();
  const known = new Set(['alice']);
  server.getUsers = ({ users }) => {
    const shown = users.filter((name) => known.has(name));
    return { users: shown.map((name) => ({ name, displayName: name.toUpperCase(), online: true })) };
  };
  const { client, clock } = await begin({ server });
  const stop = client.room('general').subscribe(() => {});
  client.people.want(['bob']);
  await clock.advance(1000);
  assert.equal(client.people.get('bob'), null);
  known.add('bob');
  server.socket.tell({ method: 'memberChanged', params: { room: 'general', user: 'bob', role: 'member' } });
  await clock.advance(1000);
  assert.equal(client.people.name('bob'), 'BOB');
  stop();
});

test('an entry that comes late does not undo a later one', async () => {
  const { client, server, clock } = await begin({ server: paged([entry('a')]) });
  const tell = (changes) => server.socket.tell({ method: 'unread', params: entry('a', changes) });
  tell({ headSeq: 12, unread: 2 });
  tell({ headSeq: 11, unread: 1 });
  await clock.advance(50);
  assert.equal(client.inbox.entry('a').unread, 2);
});

test('what mentions me comes into the list, and what was loaded before stays', async () => {
  const server = new FakeServer();
  const found = [3, 2, 1].map((seq) => ({ room: 'general', seq, sender: 'bob', text: `${seq}` }));
  server.getMentions = ({ after }) => {
    const start = Number(after ?? 0);
    return { epoch: 'e1', messages: found.slice(start, start + 2), next: start + 2 < found.length ? `${start + 2}` : null };
  };
  const { client, clock } = await begin({ server });
  await opened(client, clock);
  const { mentions } = client;
  mentions.subscribe(() => {});
  await clock.advance(50);
  assert.deepEqual([mentions.state.items.map(({ seq }) => seq), mentions.state.hasMore], [[3, 2], true]);
  await mentions.more();
  found.unshift({ room: 'general', seq: 4, sender: 'bob', text: '4' });
  server.post('bob', '@alice', { mentions: ['alice'] });
  await clock.advance(50);
  assert.deepEqual(mentions.state.items.map(({ seq }) => seq), [4, 3, 2, 1]);
});
