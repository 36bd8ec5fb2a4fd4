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

/** Shows what was kept, if there is something. @param {import('./session.js').Client} client */
export async function showKept(client) {
  const items = await storage.load();
  const [account] = items.flatMap((item) => item.account ?? []);
  const rooms = items.flatMap(({ room }) => room ?? []);
  if (account) client.restore(account, rooms);
}

/** Forgets all. */
export async function forgetKept() {
  generation++;
  for (const { key } of await storage.load()) await storage.remove(key);
}

/** The module that writes, without which the page is first loaded. @type {PromiseWithResolvers<typeof import('./keeping.js')>} */
const keeping = Promise.withResolvers();

/**
 * Keeps the inbox and the open rooms of an account from now on. The messages of another account are forgotten. Rejected if the
 * module cannot be loaded, for instance without a network: then it may be tried again.
 * @param {import('./session.js').Client} client connected
 */
export async function keep(client) {
  await whenIdle();
  const module = await import('./keeping.js');
  if (client.connection.state.status === 'ended') return;
  keeping.resolve(module);
  await module.keep(client);
}

/**
 * Keeps a message as deleted, also of a room that is not open. Waits until `keep` has loaded the module.
 * @param {string} room
 * @param {number} seq
 */
export const strike = async (room, seq) => (await keeping.promise).strike(room, seq);
