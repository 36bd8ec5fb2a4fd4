import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallError } from '../../../chatroom/web/chatroom/index.js';
import { begin } from './harness.js';

test('a call waits for a connection, and is made again after a lost one', async () => {
  const { client, server, clock } = await begin();
  server.auto = false;
  server.cut();
  const asked = client.calls.getHistory({ room: 'general' });
  server.auto = true;
  await clock.advance(300);
  assert.equal((await asked).room, 'general');
});

test('calls that were not answered are made again in their order', async () => {
  const { client, server, clock } = await begin();
  server.auto = false;
  const asked = ['a', 'b', 'c'].map((query) => client.calls.listRooms({ query }));
  server.auto = true;
  server.cut();
  await clock.advance(300);
  await Promise.all(asked);
  const queries = server.calls.filter(({ method }) => method === 'listRooms').map(({ params }) => params.query);
  assert.deepEqual(queries, ['a', 'b', 'c']);
});

test('a call ends at its deadline, or when it is given up', async () => {
  const { client, server, clock } = await begin();
  server.auto = false;
  const giveUp = new AbortController();
  const late = assert.rejects(client.calls.getInbox({}, { deadlineMs: 1000 }), { reason: 'timeout', temporary: true });
  const given = assert.rejects(client.calls.getInbox({}, { signal: giveUp.signal }), { reason: 'aborted' });
  giveUp.abort();
  await clock.advance(1000);
  await Promise.all([late, given]);
});

test('a refusal names its reason and field', async () => {
  const { client, server } = await begin();
  server.refusals.set('getHistory', [{ reason: 'invalid_params', temporary: false }]);
  const error = CallError.from({ message: 'limit: must be less', data: { reason: 'invalid_params' } });
  assert.deepEqual([error.field, error.temporary, error.retryAfterMs], ['limit', false, null]);
  await assert.rejects(client.calls.getHistory({ room: 'general' }), { reason: 'invalid_params', name: 'CallError' });
});

test('a call that a draining server did not take is made again', async () => {
  const { client, server, clock } = await begin();
  server.refusals.set('getInbox', [{ reason: 'busy', temporary: true }]);
  const asked = client.calls.getInbox({});
  await clock.advance(1000);
  assert.equal((await asked).unread, 0);
});

test('what does not fit into a frame is refused here', async () => {
  const { client } = await begin();
  const text = 'ä'.repeat(70_000);
  await assert.rejects(client.calls.sendMessage({ room: 'general', text }), { reason: 'text_too_long' });
});

test('characters that no frame may have are left out', async () => {
  const { client, server } = await begin();
  await client.calls.listRooms({ query: 'a\0b\ud800' });
  assert.equal(server.calls.at(-1).params.query, 'ab\ufffd');
});

test('events of the protocol can be listened to', async () => {
  const { client, server, clock } = await begin();
  const told = [];
  const off = client.on('tokenExpiring', (params) => told.push(params));
  server.socket.tell({ method: 'tokenExpiring', params: { expiresAt: 5 } });
  await clock.advance(0);
  off();
  server.socket.tell({ method: 'tokenExpiring', params: { expiresAt: 6 } });
  await clock.advance(0);
  assert.deepEqual(told, [{ expiresAt: 5 }]);
  assert.equal(client.connection.state.tokenExpiresAt, 6);
});
