import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage } from '../../../chatroom/web/chatroom/index.js';
import { begin, opened, texts } from './harness.js';
import { FakeServer } from './server.js';

const refusing = (method, ...errors) => {
  const server = new FakeServer();
  server.refusals.set(method, errors);
  return server;
};

const BUSY = { reason: 'storage_full', temporary: true };
const MUTED = { reason: 'muted', temporary: false };
const status = ({ state }) => state.pending.map((item) => item.status);

/** What two tabs of a browser share. */
function browser() {
  const channels = new Set();
  let last = Promise.resolve();
  return {
    storage: memoryStorage(),
    locks: {
      request(_, work) {
        last = last.then(work, work);
        return last;
      },
    },
    channel() {
      const channel = {
        onmessage: null,
        close: () => channels.delete(channel),
        postMessage(data) {
          for (const other of channels) if (other !== channel) queueMicrotask(() => other.onmessage?.({ data }));
        },
      };
      channels.add(channel);
      return channel;
    },
  };
}

test('a message is pending at once, then sent, with the same key', async () => {
  const { client, clock } = await begin();
  const room = await opened(client, clock);
  const sending = room.send('hello');
  assert.deepEqual(status(room), ['queued']);
  const [{ key }] = room.state.pending;
  await clock.advance(20);
  assert.equal((await sending).seq, 1);
  assert.deepEqual([room.state.pending.length, room.state.messages[0].key], [0, key]);
});

test('messages stay in order while one is refused for a while', async () => {
  const { client, clock } = await begin({ server: refusing('sendMessage', BUSY, BUSY) });
  const room = await opened(client, clock);
  for (const text of ['one', 'two', 'three']) room.send(text);
  await clock.advance(500);
  assert.deepEqual(status(room), ['waiting', 'queued', 'queued']);
  assert.equal(room.state.pending[0].error.reason, 'storage_full');
  await clock.advance(5000);
  assert.deepEqual(texts(room), ['one', 'two', 'three']);
});

test('a refused message waits for a retry, and lets others pass', async () => {
  const { client, clock } = await begin({ server: refusing('sendMessage', MUTED) });
  const room = await opened(client, clock);
  const refused = assert.rejects(room.send('one'), { reason: 'muted' });
  room.send('two');
  await clock.advance(50);
  await refused;
  assert.deepEqual([texts(room), status(room)], [['two'], ['refused']]);
  client.outbox.retry(room.state.pending[0].clientId);
  await clock.advance(50);
  assert.deepEqual([texts(room), status(room)], [['two', 'one'], []]);
});

test('a message that is discarded is not sent', async () => {
  const { client, server, clock, storage } = await begin();
  const room = await opened(client, clock);
  server.auto = false;
  server.cut();
  const discarded = assert.rejects(room.send('one'), { reason: 'discarded' });
  client.outbox.discard(room.state.pending[0].clientId);
  await discarded;
  server.auto = true;
  await clock.advance(1000);
  assert.deepEqual([texts(room), await storage.load()], [[], []]);
});

test('what was not sent is sent by the next client, before what is written there', async () => {
  const first = await begin();
  first.server.down = true;
  first.server.cut();
  for (const text of ['one', 'two']) first.client.room('general').send(text);
  await first.clock.advance(50);
  first.client.close();
  const { storage, clock } = first;
  const server = new FakeServer();
  server.down = true;
  const second = await begin({ server, storage, clock });
  second.client.room('general').send('three');
  server.down = false;
  await clock.advance(1000);
  assert.deepEqual([...server.log.values()].map(({ text }) => text), ['one', 'two', 'three']);
  assert.deepEqual(await storage.load(), []);
});

test('an acknowledgement that was lost does not double a message', async () => {
  const { client, server, clock } = await begin();
  const room = await opened(client, clock);
  server.auto = false;
  room.send('one');
  await clock.advance(0);
  server.socket.receive();
  server.auto = true;
  server.cut();
  await clock.advance(1000);
  assert.deepEqual([texts(room), room.state.pending], [['one'], []]);
  assert.equal(server.calls.filter(({ method }) => method === 'sendMessage').length, 2);
});

test('two tabs send each message once, and see what the other has written', async () => {
  const shared = browser();
  const { storage, locks } = shared;
  const one = await begin({ storage, locks, channel: shared.channel() });
  const { server, clock } = one;
  const two = await begin({ server, clock, storage, locks, channel: shared.channel() });
  const [here, there] = [one.client.room('general'), two.client.room('general')];
  server.down = true;
  server.cut();
  here.send('from the first');
  await clock.advance(5);
  there.send('from the second');
  await clock.advance(10);
  assert.equal(one.client.outbox.state.pending.length, 2);
  assert.equal(two.client.outbox.state.pending.length, 2);
  one.client.close();
  server.down = false;
  await clock.advance(60_000);
  const sent = [...server.log.values()].map(({ text }) => text);
  assert.deepEqual(sent, ['from the first', 'from the second']);
  assert.equal(server.calls.filter(({ method }) => method === 'sendMessage').length, 2);
  assert.deepEqual(two.client.outbox.state.pending, []);
});

test('messages of another account stay stored', async () => {
  const first = await begin();
  first.server.down = true;
  first.server.cut();
  first.client.room('general').send('of alice');
  await first.clock.advance(50);
  first.client.close();
  const { storage, clock } = first;
  const { client, server } = await begin({ server: new FakeServer('bob'), storage, clock });
  await clock.advance(1000);
  assert.equal(server.log.size, 0);
  await client.forget();
  assert.equal((await storage.load()).length, 1);
});

test('forget deletes what is stored of the account', async () => {
  const { client, server, clock, storage } = await begin();
  server.down = true;
  server.cut();
  client.room('general').send('one');
  await clock.advance(10);
  await client.forget();
  assert.deepEqual([await storage.load(), client.connection.state.status], [[], 'ended']);
});

test('a message to a person has no room, and is shown when the room is made', async () => {
  const server = new FakeServer('alice', '@alice:bob');
  server.refusals.set('subscribe', [{ reason: 'not_found', temporary: false }]);
  const { client, clock } = await begin({ server });
  const room = client.directRoom('bob');
  room.subscribe(() => {});
  await clock.advance(20);
  assert.equal(room.state.error.reason, 'not_found');
  room.send('hello');
  await clock.advance(50);
  assert.equal(server.calls.find(({ method }) => method === 'sendMessage').params.to, 'bob');
  assert.deepEqual([texts(room), room.state.pending, room.state.status], [['hello'], [], 'live']);
});

test('a message that the device has no space for is sent all the same', async () => {
  const storage = { ...memoryStorage(), put: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) };
  const { client, clock } = await begin({ storage });
  const room = await opened(client, clock);
  room.send('hello');
  await clock.advance(50);
  assert.deepEqual([texts(room), room.state.pending], [['hello'], []]);
});

test('a direct room that the other person makes is shown', async () => {
  const server = new FakeServer('alice', '@alice:bob');
  server.refusals.set('subscribe', [{ reason: 'not_found', temporary: false }]);
  const { client, clock } = await begin({ server });
  const room = client.directRoom('bob');
  room.subscribe(() => {});
  await clock.advance(20);
  server.post('bob', 'hello');
  server.socket.tell({ method: 'unread', params: server.entry() });
  await clock.advance(50);
  assert.deepEqual(texts(room), ['hello']);
});
