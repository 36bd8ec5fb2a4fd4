/** Messages kept on this device, so that the page shows it without a connection. The log-out removes them. */
import { indexedDbStorage } from '../../chatroom/index.js';
import { whenIdle } from '../lib.js';

export const ACCOUNT = 'account';

/** @typedef {import('../../chatroom/kept.js').KeptAccount} KeptAccount */
/** @typedef {import('../../chatroom/kept.js').KeptRoom} KeptRoom */
/** @typedef {{key: string, at: number, account?: KeptAccount, room?: KeptRoom}} Item */

/** @type {import('../../chatroom/storage.js').Storage<Item>} */
export const storage = indexedDbStorage('chatroom kept');
/** Counts up when all is forgotten, so that nothing is written afterwards. */
export let generation = 0;

/**
 * Shows what was kept. Returns whether there was something.
 * @param {import('./session.js').Client} client
 */
export async function showKept(client) {
  const items = await storage.load();
  const account = items.find(({ key }) => key === ACCOUNT)?.account;
  if (!account) return false;
  client.restore(
    account,
    items.flatMap(({ room }) => room ?? []),
  );
  return true;
}

/** Forgets all. */
export async function forgetKept() {
  generation++;
  for (const { key } of await storage.load()) await storage.remove(key);
}

// The first load does without this module.
const keeping = () => import('./keeping.js');

/**
 * Keeps the inbox and the open rooms of an account from now on. The messages of another account are forgotten.
 * @param {import('./session.js').Client} client connected
 */
export async function keep(client) {
  await new Promise((done) => whenIdle(() => done(undefined)));
  if (client.connection.state.status !== 'ended') await (await keeping()).keep(client);
}

/**
 * Keeps a message as deleted, also of a room that is not open.
 * @param {string} room
 * @param {number} seq
 */
export const strike = async (room, seq) => (await keeping()).strike(room, seq);
