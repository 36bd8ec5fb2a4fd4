// A client of a server in memory, which answers by itself.
import { connect, memoryStorage } from '../../../chatroom/web/chatroom/index.js';
import { VirtualClock, settled } from './clock.js';
import { FakeServer } from './server.js';

/** Returns a connected client, with its server and clock. */
export async function begin({ server = new FakeServer(), clock = new VirtualClock(), ...options } = {}) {
  server.auto = true;
  const { WebSocket } = server;
  const storage = memoryStorage();
  const all = { url: 'http://chat', token: 't', WebSocket, clock, random: () => 0.5, storage, ...options };
  const client = connect({ fetch: async () => new Response('{}'), ...all });
  await clock.advance(0);
  await settled();
  return { client, server, clock, storage: all.storage };
}

/** Opens a room, and lets it load. */
export async function opened(client, clock, name = 'general') {
  const room = client.room(name);
  room.subscribe(() => {});
  await clock.advance(0);
  return room;
}

export const texts = ({ state }) => state.messages.map(({ text }) => text);
