import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallError } from '../../../chatroom/web/chatroom/index.js';
import { settled } from './clock.js';
import { begin } from './harness.js';
import { FakeServer } from './server.js';

test('it says who is connected', async () => {
  const { client } = await begin();
  const { status, user, ending } = client.connection.state;
  assert.deepEqual([status, user.name, ending], ['connected', 'alice', null]);
});

test('pauses between attempts grow, up to half a minute', async () => {
  const { client, server, clock } = await begin();
  server.down = true;
  const times = [];
  client.connection.subscribe(() => {
    const { status, retryAt } = client.connection.state;
    if (status === 'waiting') times.push(retryAt);
  });
  server.cut();
  await clock.advance(120_000);
  const pauses = times.slice(1, 9).map((time, at) => time - times[at]);
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  server.down = false;
  await clock.advance(15_000);
  assert.equal(client.connection.state.status, 'connected');
});

for (const [code, reason] of [
  [4500, 'expired'],
  [4501, 'revoked'],
  [4502, 'violations'],
  [4503, 'no_connect'],
  [4504, 'too_many_sessions'],
  [4999, 'other'],
]) {
  test(`close code ${code} ends the session`, async () => {
    const { client, server, clock } = await begin();
    server.socket.end(code);
    await clock.advance(60_000);
    const { status, ending } = client.connection.state;
    assert.deepEqual([status, ending.reason, ending.code], ['ended', reason, code]);
    await assert.rejects(client.calls.getInbox(), { reason: 'ended' });
    client.reconnect();
    await clock.advance(0);
    assert.equal(client.connection.state.status, 'connected');
  });
}

for (const code of [1000, 1006, 1012, 4008, 4009, 5000]) {
  test(`after close code ${code} it connects again`, async () => {
    const { client, server, clock } = await begin();
    server.socket.end(code);
    await clock.advance(1000);
    assert.equal(client.connection.state.status, 'connected');
  });
}

test('a function gives a token for each connection', async () => {
  let count = 0;
  const { server, clock } = await begin({ token: async () => `token ${++count}` });
  server.cut();
  await clock.advance(1000);
  const tokens = server.calls.filter(({ method }) => method === 'connect').map(({ params }) => params.token);
  assert.deepEqual(tokens, ['token 1', 'token 2']);
});

test('a refused token of a function is asked for once more', async () => {
  const refused = { reason: 'unauthenticated', temporary: false };
  const server = new FakeServer();
  server.refusals.set('connect', [refused]);
  const { client } = await begin({ server, token: () => 't' });
  await settled();
  assert.equal(client.connection.state.status, 'connected');
  server.refusals.set('connect', [refused, refused]);
  server.cut();
  await client.clock.advance(1000);
  assert.equal(client.connection.state.ending.reason, 'expired');
});

test('without a token it is by cookie', async () => {
  const { client, server } = await begin({ token: null });
  assert.deepEqual(server.calls[0], { method: 'connect', params: {} });
  assert(client.http.cookie);
});

test('a token that cannot be had for now is asked for again', async () => {
  let fails = 2;
  const token = () => {
    if (fails-- > 0) throw new CallError('unreachable', '', { temporary: true });
    return 't';
  };
  const { client, clock } = await begin({ token });
  await clock.advance(10_000);
  assert.equal(client.connection.state.status, 'connected');
});

test('connect is tried again after the time that the server asks for', async () => {
  const server = new FakeServer();
  server.refusals.set('connect', [{ reason: 'rate_limited', temporary: true, retryAfterMs: 7000 }]);
  const { client, clock } = await begin({ server });
  await clock.advance(6900);
  assert.equal(client.connection.state.status, 'waiting');
  await clock.advance(200);
  assert.equal(client.connection.state.status, 'connected');
});

test('a connection on which nothing arrives is given up', async () => {
  const { client, server, clock } = await begin();
  server.auto = false;
  await clock.advance(25_000);
  assert.equal(client.connection.state.status, 'connected');
  assert.equal(server.socket.sent.at(-1).method, 'getInbox');
  server.auto = true;
  await clock.advance(8_000);
  assert.equal(server.sockets.length, 1);
  assert.equal(server.calls.filter(({ method }) => method === 'connect').length, 2);
});

test('a connection on which something arrives is kept', async () => {
  const { server, clock } = await begin();
  await clock.advance(120_000);
  assert.equal(server.calls.filter(({ method }) => method === 'connect').length, 1);
});

test('close ends it for good', async () => {
  const { client, clock, server } = await begin();
  client.close();
  client.reconnect();
  await clock.advance(60_000);
  assert.equal(client.connection.state.ending.reason, 'closed');
  assert.equal(server.sockets.length, 0);
});

test('HTTP requests have the token of the connection', async () => {
  let count = 0;
  const seen = [];
  const fetch = async (_, { headers }) => {
    seen.push(headers.Authorization);
    return new Response('{}');
  };
  const { client } = await begin({ token: () => `token ${++count}`, fetch });
  await client.http.json('GET', '/api/tokens');
  await client.http.json('GET', '/api/tokens');
  assert.deepEqual([seen, count], [['Bearer token 1', 'Bearer token 1'], 1]);
});
