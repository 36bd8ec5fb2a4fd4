import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, opened } from './harness.js';

/** Receives files by tus, with failures. */
class FakeUploads {
  files = new Map();
  failures = [];
  requests = [];

  fetch = async (url, { method, headers, body }) => {
    const path = new URL(url).pathname;
    this.requests.push([method, Number(headers['Upload-Offset'] ?? -1)]);
    const failure = this.failures.shift();
    await new Promise((done) => this.clock.setTimeout(done, 20));
    if (failure === 'lost') throw new TypeError('network');
    if (failure) return new Response('{}', { status: failure });
    if (method === 'POST') {
      const id = String(this.files.size + 1).padStart(32, '0');
      this.files.set(`/api/uploads/${id}`, '');
      return new Response(null, { status: 201, headers: { Location: `/api/uploads/${id}` } });
    }
    if (!this.files.has(path)) return new Response(null, { status: 404 });
    const known = this.files.get(path);
    if (method === 'PATCH') {
      if (Number(headers['Upload-Offset']) !== known.length) return new Response('{}', { status: 409 });
      this.files.set(path, known + (await body.text()));
      if (this.forgets) throw new TypeError('the answer is lost');
    }
    return new Response(null, { status: 200, headers: { 'Upload-Offset': String(this.files.get(path).length) } });
  };
}

const file = (size) => Object.assign(new Blob(['x'.repeat(size)]), { name: 'ä.txt' });

async function sending(uploads) {
  const { client, server, clock, storage } = await begin({ fetch: uploads.fetch });
  uploads.clock = clock;
  const room = await opened(client, clock);
  return { client, server, clock, room, storage };
}

test('files are sent in pieces before their message, with progress', async () => {
  const uploads = new FakeUploads();
  const { server, clock, room } = await sending(uploads);
  const seen = new Set();
  room.subscribe(() => room.state.pending.forEach(({ files }) => seen.add(files[0].sent)));
  room.send('with a file', { files: [file(2_500_000)] });
  for (let step = 0; step < 100 && room.state.pending.length; step++) await clock.advance(20);
  assert.deepEqual(server.calls.findLast(({ method }) => method === 'sendMessage').params.attachments, ['0'.repeat(31) + '1']);
  assert.equal([...uploads.files.values()][0].length, 2_500_000);
  assert(seen.has(1 << 20) || seen.has(2 << 20), [...seen].join());
});

for (const failure of ['lost', 503, 409]) {
  test(`an upload goes on after ${failure}`, async () => {
    const uploads = new FakeUploads();
    uploads.failures = [null, null, failure];
    const { clock, room } = await sending(uploads);
    room.send('', { files: [file(2_500_000)] });
    for (let step = 0; step < 200 && room.state.pending.length; step++) await clock.advance(50);
    assert.equal([...uploads.files.values()][0].length, 2_500_000);
    assert(uploads.requests.some(([method]) => method === 'HEAD'));
    assert.deepEqual(room.state.pending, []);
  });
}

test('a file that the server refuses is shown', async () => {
  const uploads = new FakeUploads();
  uploads.failures = [413];
  const { clock, room } = await sending(uploads);
  room.send('', { files: [file(10)] });
  await clock.advance(100);
  assert.deepEqual([room.state.pending[0].status, room.state.pending[0].error.reason], ['refused', 'too_large']);
});

test('a file is left out while it is sent, and the rest is sent', async () => {
  const uploads = new FakeUploads();
  const { server, clock, room, client } = await sending(uploads);
  room.send('two files', { files: [file(2_500_000), file(10)] });
  await clock.advance(50); // the first one is under way
  const [{ clientId, files }] = room.state.pending;
  client.outbox.leaveOut(clientId, files[0].number);
  assert.deepEqual(room.state.pending[0].files.map(({ size }) => size), [10]);
  for (let step = 0; step < 100 && room.state.pending.length; step++) await clock.advance(20);
  const { params } = server.calls.findLast(({ method }) => method === 'sendMessage');
  assert.deepEqual([params.text, params.attachments], ['two files', ['0'.repeat(31) + '2']]);
});

test('a message of which nothing is left is discarded, and one that may have been sent stays whole', async () => {
  const uploads = new FakeUploads();
  const { clock, room, client, server } = await sending(uploads);
  room.send('', { files: [file(10)] });
  await clock.advance(10);
  client.outbox.leaveOut(room.state.pending[0].clientId, 0);
  assert.deepEqual(room.state.pending, []);
  server.refusals.set('sendMessage', [{ reason: 'storage_full', temporary: true, retryAfterMs: 60_000 }]);
  room.send('', { files: [file(10)] });
  for (let step = 0; step < 20; step++) await clock.advance(20);
  assert.equal(room.state.pending[0].status, 'waiting');
  client.outbox.leaveOut(room.state.pending[0].clientId, 0);
  assert.equal(room.state.pending[0].files.length, 1);
});

test('an upload that is gone begins anew', async () => {
  const uploads = new FakeUploads();
  uploads.failures = [null, 404];
  const { clock, room } = await sending(uploads);
  room.send('', { files: [file(10)] });
  for (let step = 0; step < 100 && room.state.pending.length; step++) await clock.advance(50);
  assert.equal(uploads.files.size, 2);
  assert.deepEqual(room.state.pending, []);
});
