/** Keeps messages on this device, while there is a connection. */
import { effect, untracked } from '../lib.js';
import { openRoom } from '../router.js';
import { ACCOUNT, forgetKept, generation, storage } from './kept.js';

/** Rooms, and messages of each, that are kept. */
const [MAX_ROOMS, MAX_MESSAGES] = [20, 50];
/** What changes is written at most this often. */
const PAUSE_MS = 1000;
const ROOM = 'room ';

/** When each kept room was written last. @type {Map<string, number>} */
const written = new Map();
/** Messages that were struck already: room and seq. @type {Set<string>} */
const struck = new Set();

/**
 * Keeps a message as deleted, also of a room that is not open. The messages of an open room are written later by themselves.
 * @param {string} room
 * @param {number} seq
 */
export async function strike(room, seq) {
  if (struck.has(`${room} ${seq}`)) return;
  struck.add(`${room} ${seq}`);
  const started = generation;
  const item = await storage.get(ROOM + room);
  if (!item?.room || started !== generation) return;
  const { page } = item.room;
  const messages = page.messages.map((message) => (message.seq === seq ? deletedOf(message) : message));
  const quoted = page.quoted.map((quote) => (quote.seq === seq ? { seq, rev: quote.rev, sender: quote.sender, text: '', deleted: true } : quote));
  await storage.put({ ...item, room: { ...item.room, page: { ...page, messages, quoted } } });
}

/** @param {import('../../chatroom/types.js').Message} message @returns {import('../../chatroom/types.js').Message} */
const deletedOf = ({ room, seq, rev, sender, timestamp, thread }) => ({
  ...{ room, seq, rev, sender, timestamp, text: '', deleted: true },
  ...(thread !== undefined && { thread }),
});

/**
 * Keeps the inbox and the open rooms of an account from now on. What another account has left is forgotten.
 * @param {import('./session.js').Client} client connected
 */
export async function keep(client) {
  written.clear();
  struck.clear();
  const items = await storage.load();
  const me = /** @type {{name: string}} */ (client.connection.state.user).name;
  const [account] = items.flatMap((item) => item.account ?? []);
  if (account && account.user.name !== me) await forgetKept();
  else for (const { key, at } of items) if (key !== ACCOUNT) written.set(key, at);
  const started = generation;
  const { connection, inbox } = client;
  const save = paced(() => {
    const { complete } = inbox.state;
    if (started !== generation || !complete || connection.state.status !== 'connected') return;
    put(ACCOUNT, { account: client.keep() ?? undefined });
    for (const key of written.keys()) if (!inbox.entry(key.slice(ROOM.length))) remove(key);
    for (const { room, lastMessage } of inbox.state.rooms) {
      if (lastMessage?.deleted && written.has(ROOM + room)) strike(room, lastMessage.seq).catch(console.error);
    }
  });
  const heard = (/** @type {import('../../chatroom/types.js').Message} */ { room, seq, deleted }) => void (deleted && strike(room, seq).catch(console.error));
  const stops = [inbox.subscribe(save), client.on('messageChanged', heard), effect(() => follow(openRoom.value))];
  save();
  function follow(/** @type {string | null} */ name) {
    if (name === null) return undefined;
    return untracked(() => {
      const room = client.room(name);
      const saveRoom = paced(() => {
        const kept = started === generation && room.state.status === 'live' && room.keep(MAX_MESSAGES);
        if (kept) put(ROOM + name, { room: kept });
      });
      saveRoom();
      return room.subscribe(saveRoom);
    });
  }
  const stop = connection.subscribe(() => {
    if (connection.state.status !== 'ended') return;
    for (const each of [...stops, stop]) each();
  });
}

/** @param {string} key @param {Partial<import('./kept.js').Item>} item */
function put(key, item) {
  const at = Date.now();
  storage.put({ key, at, ...item }).catch(console.error);
  if (key === ACCOUNT) return;
  written.delete(key);
  written.set(key, at);
  const oldest = [...written].sort(([, one], [, other]) => other - one).slice(MAX_ROOMS);
  for (const [old] of oldest) remove(old);
}

/** @param {string} key */
function remove(key) {
  written.delete(key);
  storage.remove(key).catch(console.error);
}

/** Returns a function that does some work soon, once for many calls. @param {() => void} work */
function paced(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      work();
    }, PAUSE_MS);
  };
}
