// Any order of events, replies, lost connections and jumps, against the log: what a room shows has no gap and nothing twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, memoryStorage } from '../../../chatroom/web/chatroom/index.js';
import { VirtualClock, seeded, settled } from './clock.js';
import { FakeServer } from './server.js';

const RUNS = Number(process.env.SOAK_RUNS ?? 150);
const STEPS = 120;

const plain = ({ key, myReactions, quote, replies, ...message }) => message;

/** A room and one of its threads, while their server is driven at random. */
class Run {
  constructor(seed) {
    this.random = seeded(seed);
    this.clock = new VirtualClock();
    this.server = new FakeServer();
    this.server.holdReplies = true;
    for (let seq = 1; seq <= this.below(90); seq++) this.server.post('bob', `old ${seq}`);
    const { WebSocket } = this.server;
    this.client = connect({
      ...{ url: 'http://chat', token: 't', WebSocket, clock: this.clock, random: () => 0.5, maxMessages: 60 },
      ...{ fetch: async () => new Response('{}'), storage: memoryStorage() },
    });
    this.room = this.client.room('general');
    this.thread = this.client.thread('general', 1);
    this.room.subscribe(() => this.look());
    this.written = 0;
    this.revs = new Map();
    this.failure = null;
  }

  below(count) {
    return Math.floor(this.random() * count);
  }

  any() {
    return 1 + this.below(this.server.head);
  }

  async step() {
    const { server, room } = this;
    const socket = server.socket;
    const choice = this.below(26);
    if (choice < 6) socket?.deliver();
    else if (choice < 11) socket?.receive();
    else if (choice < 13) socket?.deliverLate();
    else if (choice === 13 && socket && !socket.open) socket.start();
    else if (choice === 14) server.post('bob', `new ${server.head}`, this.maybe('replyTo'));
    else if (choice === 15 && server.head) server.post('carol', 'below', { thread: this.root() });
    else if (choice === 16 && server.head) server.change(this.any(), { text: `changed ${server.rev}` });
    else if (choice === 17 && server.head) server.change(this.any(), { text: '', deleted: true });
    else if (choice === 18 && server.head) server.react(this.any(), this.below(2) ? 'alice' : 'bob', this.below(3) > 0);
    else if (choice === 19) room.older().catch(() => {});
    else if (choice === 20) room.newer().catch(() => {});
    else if (choice === 21 && server.head) room.jumpTo(this.below(2) ? this.any() : 'present').catch(() => {});
    else if (choice === 22) room.send(`mine ${this.written++}`);
    else if (choice === 23 && this.below(4) === 0) server.cut();
    else if (choice === 24 && this.below(6) === 0) server.restart();
    else if (choice === 25) await this.clock.advance(this.below(2000));
    await settled();
  }

  root() {
    const main = this.server.main();
    return main[this.below(main.length)].seq;
  }

  maybe(name) {
    return this.server.head && this.below(2) ? { [name]: this.any() } : {};
  }

  look() {
    try {
      this.check(this.room.state);
    } catch (error) {
      this.failure ??= error;
    }
  }

  /** What must hold of each snapshot. */
  check({ messages, pending }) {
    const seqs = messages.map(({ seq }) => seq);
    const there = this.server.main().map(({ seq }) => seq);
    const [first, last] = [seqs[0] ?? 0, seqs.at(-1) ?? -1];
    assert.deepEqual(seqs, there.filter((seq) => seq >= first && seq <= last), 'a gap, or a message twice');
    assert(messages.length <= 60);
    for (const { seq, rev } of messages) {
      assert(rev >= (this.revs.get(seq) ?? 0), 'a message as it was before');
      this.revs.set(seq, rev);
    }
    const keys = [...messages, ...pending].map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length, 'pending and sent at once');
  }

  /** Lets everything arrive. */
  async end() {
    const { server } = this;
    server.holdReplies = false;
    for (let quiet = 0; quiet < 3; ) {
      const socket = server.socket;
      if (socket && !socket.open) socket.start();
      await settled();
      const busy = socket && (socket.sent.length || socket.told.length || socket.late.length);
      quiet = busy ? 0 : quiet + 1;
      if (socket) {
        socket.receive();
        socket.deliver();
        socket.deliverLate();
      }
      if (!busy) await this.clock.advance(3000);
    }
  }
}

/** Compares what is shown with the log. */
function compare(run) {
  const { server, room } = run;
  const { messages, hasOlder, hasNewer, pending, status } = room.state;
  assert.equal(status, 'live');
  assert.deepEqual(pending.map((item) => item.status), []);
  const [first, last] = [messages[0]?.seq ?? 0, messages.at(-1)?.seq ?? 0];
  const main = server.main();
  if (!hasNewer) assert.equal(last, main.at(-1)?.seq ?? 0);
  if (!hasOlder) assert.equal(first, main[0]?.seq ?? 0);
  for (const message of messages) {
    const { seq } = message;
    assert.deepEqual(plain(message), server.log.get(seq));
    assert.deepEqual([...message.myReactions], server.mine.get(seq) ?? [], `my reactions to ${seq}`);
    assert.deepEqual(message.replies, server.below(seq).length ? server.summary(seq) : null, `the thread below ${seq}`);
    const answered = message.deleted ? undefined : server.log.get(message.replyTo);
    if (answered) assert.equal(message.quote?.text, answered.text, `the quote in ${seq}`);
  }
  const texts = main.filter(({ sender }) => sender === 'alice').map(({ text, clientId }) => [text, clientId]);
  assert.equal(new Set(texts.map(([, id]) => id)).size, run.written);
}

test('any order of what happens', async () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const run = new Run(seed);
    try {
      for (let step = 0; step < STEPS && !run.failure; step++) await run.step();
      await run.end();
      if (run.failure) throw run.failure;
      compare(run);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    } finally {
      run.client.close();
    }
  }
});
