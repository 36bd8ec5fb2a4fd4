/** What the server says of itself to everybody: its name, colour, and who may sign up. */
import { effect, signal } from '../lib.js';

/** @type {import('../lib.js').Signal<{name: string, accent: string | null, signup: 'open' | 'invite' | 'closed'}>} */
export const server = signal({ name: 'chatroom', accent: null, signup: 'open' });

/** Loads it, and applies its colour to the page. */
export function openServer() {
  fetch('api/server')
    .then((answer) => answer.json())
    .then((known) => (server.value = { ...server.value, ...known }), () => {});
  effect(() => {
    const { accent } = server.value;
    if (accent) document.documentElement.style.setProperty('--server-accent', accent);
  });
}
