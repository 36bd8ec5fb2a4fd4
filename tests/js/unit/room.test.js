import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, opened, texts } from './harness.js';
import { FakeServer } from './server.js';

/** Returns a server whose room has so many messages. */
function filled(count) {
  const server = new FakeServer();
  for (let seq = 1; seq <= count; seq++) server.post('bob', `${seq}`);
  return server;
}

const seqs = ({ state }) => state.messages.map(({ seq }) => seq);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test('a snapshot is another object only after a change, and keeps what has not changed', async () => {
  const { client, server, clock } = await begin({ server: filled(3) });
  const room = await opened(client, clock);
  const before = room.state;
  assert.equal(room.state, before);
  server.change(2, { text: 'changed' });
  await clock.advance(20);
  assert.notEqual(room.state, before);
  assert.equal(room.state.messages[0], before.messages[0]);
  assert.notEqual(room.state.messages[1], before.messages[1]);
  assert.equal(room.state.info, before.info);
  assert.throws(() => room.state.messages.push(1));
});

test('the same room is the same object', async () => {
  const { client } = await begin();
  assert.equal(client.room('general'), client.room('general'));
  assert.equal(client.thread('general', 1), client.thread('general', 1));
  assert.notEqual(client.room('general'), client.room('other'));
});

test('listeners are told once of many messages', async () => {
  const { client, server, clock } = await begin();
  const room = await opened(client, clock);
  let told = 0;
  room.subscribe(() => told++);
  await clock.advance(100);
  told = 0;
  for (let count = 0; count < 100; count++) server.post('bob', `${count}`);
  await clock.advance(100);
  assert.equal(room.state.messages.length, 100);
  assert(told <= 2, `${told}`);
});

test('older and newer pages', async () => {
  const { client, clock } = await begin({ server: filled(200), maxMessages: 100 });
  const room = await opened(client, clock);
  assert.deepEqual(seqs(room), range(151, 200));
  assert.deepEqual([room.state.hasOlder, room.state.hasNewer], [true, false]);
  await room.older();
  assert.deepEqual(seqs(room), range(101, 200));
  await room.older();
  assert.deepEqual(seqs(room), range(51, 150), 'at most 100');
  assert.deepEqual([room.state.hasOlder, room.state.hasNewer], [true, true]);
  await room.older();
  assert.deepEqual(seqs(room), range(1, 100));
  await room.older();
  assert.deepEqual([room.state.hasOlder, room.state.hasNewer], [false, true]);
  await room.newer();
  await room.newer();
  assert.deepEqual(seqs(room), range(101, 200));
  assert.deepEqual([room.state.hasOlder, room.state.hasNewer], [true, false]);
});

test('jumps to a message, a time, and the present', async () => {
  const { client, clock } = await begin({ server: filled(300) });
  const room = await opened(client, clock);
  const { window } = room.state;
  await room.jumpTo(100);
  assert.deepEqual(seqs(room), range(75, 124));
  assert.deepEqual([room.state.target, room.state.window, room.state.hasNewer], [100, window + 1, true]);
  await room.jumpTo({ timestamp: 200_500 });
  assert.equal(room.state.target, 201);
  await room.jumpTo('present');
  assert.deepEqual([room.state.target, room.state.hasNewer, seqs(room).at(-1)], [null, false, 300]);
});

test('new messages do not come into a window of older ones, and are loaded later', async () => {
  const { client, server, clock } = await begin({ server: filled(300) });
  const room = await opened(client, clock);
  await room.jumpTo(100);
  server.post('bob', '301');
  await clock.advance(20);
  assert.equal(seqs(room).at(-1), 124);
  assert.equal(room.state.headSeq, 301);
  server.change(100, { text: 'changed' });
  await clock.advance(20);
  assert.equal(room.state.messages.find(({ seq }) => seq === 100).text, 'changed');
});

test('what is on the screen stays when the window is full', async () => {
  const { client, server, clock } = await begin({ server: filled(200), maxMessages: 60 });
  const room = await opened(client, clock);
  room.shows(155, 165);
  for (let count = 0; count < 30; count++) server.post('bob', 'new');
  await clock.advance(20);
  assert(seqs(room).includes(155));
  assert.equal(seqs(room).length, 60);
  assert.equal(room.state.hasNewer, true);
});

test('what was missed comes after a lost connection, in one step', async () => {
  const { client, server, clock } = await begin({ server: filled(3) });
  const room = await opened(client, clock);
  server.restart();
  for (let count = 0; count < 250; count++) server.post('bob', `missed ${count}`);
  server.change(2, { text: 'changed' });
  const lengths = new Set();
  room.subscribe(() => lengths.add(room.state.messages.length));
  await clock.advance(1000);
  assert.deepEqual(seqs(room), range(1, 253));
  assert.equal(room.state.messages[1].text, 'changed');
  assert.deepEqual([...lengths], [3, 253]);
});

test('after very many missed messages it shows the latest page', async () => {
  const { client, server, clock } = await begin({ server: filled(3), maxMessages: 100 });
  const room = await opened(client, clock);
  const { window } = room.state;
  server.restart();
  for (let count = 0; count < 1000; count++) server.post('bob', `missed ${count}`);
  await clock.advance(1000);
  assert.deepEqual(seqs(room), range(954, 1003));
  assert.equal(room.state.window, window + 1);
  const since = server.calls.filter(({ method }) => method === 'subscribe').map(({ params }) => params.sinceRev);
  assert.deepEqual(since, [undefined, 3, undefined]);
});

test('after a rollback it shows what is left', async () => {
  const { client, server, clock } = await begin({ server: filled(20) });
  const room = await opened(client, clock);
  room.markRead();
  server.rollBack();
  server.post('bob', 'from the backup');
  server.readSeq = 0;
  await clock.advance(1000);
  assert.deepEqual(texts(room), ['from the backup']);
  assert.equal(room.state.readSeq, 0);
});

test('a gap between events is healed', async () => {
  const { client, server, clock } = await begin();
  const room = await opened(client, clock);
  server.post('bob', 'one');
  server.socket.told.pop();
  server.post('bob', 'two');
  await clock.advance(20);
  assert.deepEqual(texts(room), ['one', 'two']);
});

test('quotes of messages that are not shown are loaded', async () => {
  const { client, server, clock } = await begin({ server: filled(100) });
  const room = await opened(client, clock);
  server.post('bob', 'an answer', { replyTo: 7 });
  await clock.advance(50);
  assert.equal(room.state.messages.at(-1).quote.text, '7');
  server.change(7, { text: 'changed' });
  await clock.advance(50);
  assert.equal(room.state.messages.at(-1).quote.text, 'changed');
});

test('a thread shows its messages, its root and what is unread', async () => {
  const { client, server, clock } = await begin({ server: filled(5) });
  server.post('bob', 'below', { thread: 2 });
  const thread = client.thread('general', 2);
  thread.subscribe(() => {});
  await clock.advance(50);
  assert.deepEqual(texts(thread), ['below']);
  assert.deepEqual([thread.state.root.text, thread.state.following], ['2', false]);
  await thread.send('mine');
  server.post('bob', 'another', { thread: 2 });
  server.change(2, { text: 'the root' });
  await clock.advance(50);
  assert.deepEqual(texts(thread), ['below', 'mine', 'another']);
  const { root, following, unread } = thread.state;
  assert.deepEqual([root.text, root.replies.count, following, unread], ['the root', 3, true, 1]);
  thread.markRead();
  assert.equal(thread.state.unread, 0);
  assert(!texts(client.room('general')).includes('mine'));
});

test('typing lasts six seconds, or until a message', async () => {
  const { client, server, clock } = await begin();
  const room = await opened(client, clock);
  const type = (user) => server.socket.tell({ method: 'typing', params: { room: 'general', user, typing: true } });
  type('bob');
  type('carol');
  await clock.advance(20);
  assert.deepEqual(room.state.typing, ['bob', 'carol']);
  server.post('bob', 'done');
  await clock.advance(20);
  assert.deepEqual(room.state.typing, ['carol']);
  await clock.advance(6000);
  assert.deepEqual(room.state.typing, []);
});

test('typing in a thread is shown there, until a message in it', async () => {
  const { client, server, clock } = await begin({ server: filled(3) });
  const room = await opened(client, clock);
  const thread = client.thread('general', 2);
  thread.subscribe(() => {});
  await clock.advance(100);
  const typing = { room: 'general', user: 'bob', typing: true };
  server.socket.tell({ method: 'typing', params: { ...typing, thread: 2 } });
  server.socket.tell({ method: 'typing', params: { ...typing, user: 'carol', thread: 3 } }); // which nobody has opened
  await clock.advance(20);
  assert.deepEqual([room.state.typing, thread.state.typing], [[], ['bob']]);
  server.post('bob', 'in the room');
  await clock.advance(20);
  assert.deepEqual(thread.state.typing, ['bob']);
  server.post('bob', 'in the thread', { thread: 2 });
  await clock.advance(20);
  assert.deepEqual(thread.state.typing, []);
  thread.typed(true);
  await clock.advance(20);
  const { params } = server.calls.findLast(({ method }) => method === 'setTyping');
  assert.deepEqual(params, { room: 'general', thread: 2, typing: true });
});

test('my typing is told at its start, now and then, and at its end', async () => {
  const { client, server, clock } = await begin();
  const room = await opened(client, clock);
  for (let second = 0; second < 8; second++) {
    room.typed(true);
    await clock.advance(1000);
  }
  await clock.advance(6000);
  const told = server.calls.filter(({ method }) => method === 'setTyping').map(({ params }) => params.typing);
  assert.deepEqual(told, [true, true, false]);
});

test('a room is left a moment after its last subscriber, and resumed for the next one', async () => {
  const { client, server, clock } = await begin({ server: filled(3) });
  const room = client.room('general');
  const stop = room.subscribe(() => {});
  await clock.advance(20);
  stop();
  await clock.advance(2000);
  assert.equal(server.calls.at(-1).method, 'unsubscribe');
  server.post('bob', '4');
  room.subscribe(() => {});
  assert.deepEqual(seqs(room), [1, 2, 3], 'it still shows what it had');
  await clock.advance(20);
  assert.deepEqual(seqs(room), [1, 2, 3, 4]);
  assert.equal(server.calls.findLast(({ method }) => method === 'subscribe').params.sinceRev, 3);
});

test('a refusal is shown, and a refresh tries again', async () => {
  const server = filled(3);
  server.refusals.set('subscribe', [{ reason: 'forbidden', temporary: false }]);
  const { client, clock } = await begin({ server });
  const room = await opened(client, clock);
  assert.deepEqual([room.state.status, room.state.error.reason], ['refused', 'forbidden']);
  room.refresh();
  await clock.advance(20);
  assert.equal(room.state.status, 'live');
});

test('the end of my membership is shown', async () => {
  const { client, server, clock } = await begin({ server: filled(3) });
  const room = await opened(client, clock);
  server.socket.tell({ method: 'memberChanged', params: { room: 'general', user: 'alice', role: null } });
  await clock.advance(20);
  assert.equal(room.state.error.reason, 'forbidden');
  assert.deepEqual(client.inbox.state.rooms, []);
});

test('threads that nobody shows are forgotten after twenty others, and loaded again', async () => {
  const server = filled(30);
  for (let root = 1; root <= 25; root++) server.post('bob', `below ${root}`, { thread: root });
  const { client, clock } = await begin({ server });
  const room = await opened(client, clock);
  const threads = Array.from({ length: 25 }, (_, at) => client.thread('general', at + 1));
  for (const thread of threads) {
    const stop = thread.subscribe(() => {});
    await clock.advance(20);
    stop();
  }
  assert.equal(threads.filter((thread) => thread.state.messages.length).length, 20);
  assert.equal(room.feed.windows.size, 1 + 2 * 20);
  threads[0].subscribe(() => {});
  await clock.advance(50);
  server.post('bob', 'another', { thread: 1 });
  await clock.advance(50);
  assert.deepEqual(texts(threads[0]), ['below 1', 'another']);
  assert.equal(threads[0].state.root.replies.count, 2);
});
