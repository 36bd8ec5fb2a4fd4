// Clients of chatroom.js that are driven by JSON lines: commands on standard input, replies and what the clients show on
// standard output. See javascript.py.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { connect } from '../../chatroom/web/chatroom/index.js';

/** Clients by number, each with its watched rooms. */
const clients = new Map();

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Returns a message as the protocol has it, without what views add. */
const plain = ({ key, myReactions, quote, replies, ...message }) => message;

/** Prints each message once when it is shown, and again when it has changed. */
class Watcher {
  constructor(number, room, paceMs) {
    Object.assign(this, { number, room, paceMs, known: new Map(), timer: null });
    this.stop = room.subscribe(() => this.changed());
    this.look();
  }

  changed() {
    if (!this.paceMs) this.look();
    else this.timer ??= setTimeout(() => this.look(), this.paceMs);
  }

  look() {
    this.timer = null;
    for (const message of this.room.state.messages) {
      const before = this.known.get(message.seq);
      this.known.set(message.seq, message);
      if (before === message) continue;
      print({ client: this.number, [before ? 'changed' : 'new']: plain(message) });
    }
  }
}

/** Keeps unsent messages in files, which survive a kill of the process. */
async function fileStorage(directory) {
  await mkdir(directory, { recursive: true });
  const path = (key) => `${directory}/${key}.json`;
  const kept = new Map();
  const keeping = (key) => {
    if (!kept.has(key)) kept.set(key, Promise.withResolvers());
    return kept.get(key);
  };
  const read = async (name) => JSON.parse(await readFile(`${directory}/${name}`, 'utf8'));
  return {
    load: async () => Promise.all((await readdir(directory)).filter((name) => name.endsWith('.json')).map(read)),
    get: async (key) => read(`${key}.json`).catch(() => undefined),
    put: async (item) => {
      await writeFile(`${path(item.key)}.new`, JSON.stringify(item));
      await rename(`${path(item.key)}.new`, path(item.key));
      keeping(item.key).resolve();
    },
    remove: (key) => rm(path(key), { force: true }),
    /** Waits until an item is stored. */
    kept: (key) => keeping(key).promise,
  };
}

const forever = { deadlineMs: Infinity };

const commands = {
  async connect({ client: number, url, token, paceMs, storage }) {
    const options = { url, token, maxMessages: 100_000 };
    if (storage) options.storage = await fileStorage(storage);
    clients.set(number, { client: connect(options), rooms: new Map(), paceMs, storage: options.storage });
  },
  async join({ client: number, room }) {
    const { client, rooms, paceMs } = clients.get(number);
    await client.calls.joinRoom({ room }, forever);
    const view = client.room(room);
    rooms.set(room, new Watcher(number, view, paceMs));
    await new Promise((live) => {
      const check = () => view.state.status === 'live' && live();
      view.subscribe(check);
      check();
    });
  },
  async lookAway({ client: number, room }) {
    clients.get(number).rooms.get(room).stop();
  },
  send: ({ client, room, text }) => clients.get(client).client.room(room).send(text),
  async say({ client: number, room, text }) {
    const { client, storage } = clients.get(number);
    client.room(room).send(text);
    await storage.kept(client.outbox.state.pending.at(-1).clientId);
  },
  untilPending: ({ client, count }) =>
    new Promise((done) => {
      const { outbox } = clients.get(client).client;
      const check = () => outbox.state.pending.length <= count && done();
      outbox.subscribe(check);
      check();
    }),
  edit: ({ client, room, seq, text }) =>
    clients.get(client).client.calls.editMessage({ room, seq, text }, forever),
  delete: ({ client, room, seq }) => clients.get(client).client.calls.deleteMessage({ room, seq }, forever),
  async close({ client }) {
    clients.get(client).client.close();
    clients.delete(client);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: what, ...params } = JSON.parse(line);
  commands[what](params).then(
    (result) => print({ id, result: result ?? null }),
    (error) => print({ id, error: `${error.reason ?? error.stack}: ${error.message}` }),
  );
}
process.exit();
