/** What the server says of itself to everybody: its name, colour, and who may sign up. */
import { effect, signal } from '../lib.js';

/**
 * @typedef {object} Server
 * @property {string} name
 * @property {string | null} [accent]
 * @property {'open' | 'invite' | 'closed'} signup
 * @property {boolean} needsAdmin
 * @property {string} [version]
 */
/** @type {import('../lib.js').Signal<Server>} */
export const server = signal({ name: 'chatroom', signup: 'open', needsAdmin: false });

const load = () =>
  fetch('api/server')
    .then((answer) => answer.json())
    .then((known) => (server.value = known))
    .catch(() => {}); // the next connection asks again

/** Loads it, and applies its colour to the page. */
export function openServer() {
  load();
  effect(() => {
    const { style } = document.documentElement;
    const { accent } = server.value;
    if (accent) style.setProperty('--server-accent', accent);
    else style.removeProperty('--server-accent');
  });
}

/** Follows what admins change, also while the connection was lost. @param {import('./session.js').Client} client */
export function followServer(client) {
  const { connection } = client;
  let connected = connection.state.sessionId;
  connection.subscribe(() => {
    const { sessionId } = connection.state;
    if (connected && sessionId !== connected) load();
    connected = sessionId;
  });
  client.on('serverChanged', ({ name, accent }) => (server.value = { ...server.value, name, accent }));
}
