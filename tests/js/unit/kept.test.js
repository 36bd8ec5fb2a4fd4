import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, opened, texts } from './harness.js';
import { FakeServer } from './server.js';

/** Returns what a client keeps of a room with three messages, and the server. */
async function kept(server = new FakeServer()) {
  server.post('bob', 'one');
  const root = server.post('bob', 'two @alice', { mentions: ['alice'] });
  server.post('alice', 'three', { replyTo: root.seq });
  server.mine.set(1, ['👍']);
  const { client, clock, storage } = await begin({ server });
  const room = await opened(client, clock);
  const copy = (value) => structuredClone(value); // as a storage does
  return { server, storage, account: copy(client.keep()), rooms: [copy(room.keep())], shown: room.state.messages };
}

/** Begins another client of the server, which is down, from what was kept. */
async function restored({ server, account, rooms, ...options }) {
  server.down = true;
  server.socket?.end(1006);
  const { client, clock } = await begin({ server, ...options });
  client.restore(account, rooms);
  await clock.advance(0);
  return { client, clock };
}

test('what was kept is shown without a connection', async () => {
  const before = await kept();
  const { client, clock } = await restored(before);
  assert.equal(client.me, 'alice');
  assert.deepEqual([client.inbox.state.status, client.inbox.state.complete], ['stale', true]);
  assert.deepEqual(client.inbox.state.rooms.map(({ room }) => room), ['general']);
  const room = await opened(client, clock);
  assert.equal(room.state.status, 'stale');
  assert.deepEqual(room.state.messages, before.shown);
  assert.equal(room.state.info.role, 'member');
  assert.equal(client.people.name('bob'), 'bob');
});

test('the first connection goes on from what was kept', async () => {
  const before = await kept();
  const { client, clock } = await restored(before);
  const room = await opened(client, clock);
  before.server.change(1, { text: 'changed' });
  before.server.post('bob', 'four');
  before.server.down = false;
  before.server.calls.length = 0;
  client.reconnect();
  await clock.advance(100);
  assert.deepEqual(texts(room), ['changed', 'two @alice', 'three', 'four']);
  assert.equal(room.state.status, 'live');
  const { params } = before.server.calls.find(({ method }) => method === 'subscribe');
  assert.deepEqual([params.epoch, params.sinceRev], ['e1', 3]);
  assert.deepEqual(room.state.messages[0].myReactions, ['👍']);
});

test('unsent messages are shown, and sent later', async () => {
  const before = await kept();
  const first = await restored(before);
  const room = await opened(first.client, first.clock);
  room.send('written offline');
  await first.clock.advance(0);
  first.client.close();
  const { client, clock } = await restored(before);
  const again = await opened(client, clock);
  assert.deepEqual(again.state.pending.map(({ text, status }) => [text, status]), [['written offline', 'queued']]);
  before.server.down = false;
  client.reconnect();
  await clock.advance(100);
  assert.deepEqual(texts(again), ['one', 'two @alice', 'three', 'written offline']);
});

test('nothing is restored after the first connection, or kept before it', async () => {
  const before = await kept();
  const { client, clock } = await begin({ server: new FakeServer('carol') });
  client.restore(before.account, before.rooms);
  assert.equal(client.me, 'carol');
  assert.equal(client.room('other').keep(), null);
  const room = await opened(client, clock);
  assert.deepEqual(texts(room), []);
  const down = await restored(before);
  assert.equal(down.client.keep().user.name, 'alice');
  assert.equal((await begin({ server: Object.assign(new FakeServer(), { down: true }) })).client.keep(), null);
});
