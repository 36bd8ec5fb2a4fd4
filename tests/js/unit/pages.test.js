import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, opened } from './harness.js';
import { FakeServer } from './server.js';

/** Returns a server that counts how often each list is asked for. */
function counted() {
  const server = new FakeServer();
  server.asked = { getThreads: 0, getMentions: 0 };
  server.getThreads = () => ({ threads: [], next: null, asked: ++server.asked.getThreads });
  server.getMentions = () => ({ messages: [], next: null, asked: ++server.asked.getMentions });
  return server;
}

test('threads and mentions in an open room are read anew, at once while they are shown', async () => {
  const { client, server, clock } = await begin({ server: counted() });
  await opened(client, clock);
  const stops = [client.threads, client.mentions].map((list) => list.subscribe(() => {}));
  await clock.advance(2000);
  const before = { ...server.asked };
  for (const text of ['one', 'two', 'three']) server.post('bob', text, { thread: 1, mentions: ['alice'] });
  await clock.advance(0);
  assert.equal(server.asked.getThreads, before.getThreads + 1);
  assert.equal(server.asked.getMentions, before.getMentions + 1);
  await clock.advance(2000);
  assert.ok(server.asked.getThreads <= before.getThreads + 2, 'messages in a row are read together');

  for (const stop of stops) stop();
  const away = { ...server.asked };
  server.post('bob', 'four', { thread: 1, mentions: ['alice'] });
  await clock.advance(5000);
  assert.deepEqual(server.asked, away, 'nothing is read that nobody looks at');
  for (const list of [client.threads, client.mentions]) list.subscribe(() => {});
  await clock.advance(2000);
  assert.deepEqual(server.asked, { getThreads: away.getThreads + 1, getMentions: away.getMentions + 1 });
});

test('a cursor that moved while nobody looked is read with the next look', async () => {
  const { client, server, clock } = await begin({ server: counted() });
  const stop = client.threads.subscribe(() => {});
  await clock.advance(2000);
  stop();
  const before = server.asked.getThreads;
  const params = { room: 'general', thread: 1, readSeq: 2, following: true, unread: 0, mentions: 0, count: 1, lastSeq: 2 };
  server.socket.tell({ method: 'threadUnread', params });
  await clock.advance(2000);
  assert.equal(server.asked.getThreads, before);
  client.threads.subscribe(() => {});
  await clock.advance(2000);
  assert.equal(server.asked.getThreads, before + 1);
});

test('a mention in a thread of a room that nobody looks at is read', async () => {
  const { client, server, clock } = await begin({ server: counted() });
  client.mentions.subscribe(() => {});
  await clock.advance(2000);
  const before = server.asked.getMentions;
  const params = { room: 'general', thread: 1, readSeq: 0, following: true, unread: 1, mentions: 1, count: 1, lastSeq: 2 };
  server.socket.tell({ method: 'threadUnread', params });
  await clock.advance(2000);
  assert.equal(server.asked.getMentions, before + 1);
});
