/** What the server says of itself to everybody: its name, colour, notices, and who may sign up. */
import { BASE } from '../base.js';
import { effect, signal } from '../lib.js';

/**
 * @typedef {object} Server
 * @property {string} name
 * @property {string | null} [accent]
 * @property {'open' | 'invite' | 'closed'} signup
 * @property {boolean} needsAdmin
 * @property {string} [version]
 * @property {string} [readOnly] why nothing can be written; known while somebody is logged in, as is the announcement
 * @property {import('../../chatroom/types.js').Announcement} [announcement] which may have ended
 */
/** @type {import('../lib.js').Signal<Server>} */
export const server = signal({ name: 'chatroom', signup: 'open', needsAdmin: false });

const load = () =>
  fetch(`${BASE}/api/server`)
    .then((answer) => answer.json())
    .then((known) => {
      const { readOnly, announcement } = server.value;
      server.value = { ...known, readOnly, announcement };
    })
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

/** @param {import('../../chatroom/types.js').ServerState} state whole */
const show = ({ name, accent, readOnly, announcement }) => (server.value = { ...server.value, name, accent, readOnly, announcement });

/** Follows what admins change, also while the connection was lost. @param {import('./session.js').Client} client */
export function followServer(client) {
  const { connection } = client;
  let connected = connection.state.sessionId;
  let known = connection.state.server;
  connection.subscribe(() => {
    const { sessionId, server: told } = connection.state;
    if (connected && sessionId !== connected) load();
    connected = sessionId;
    if (told && told !== known) show(told);
    known = told;
  });
}

// ---- the announcement

/** The stored time of the last announcement that was dismissed on this device. */
const DISMISSED = 'chatroom.dismissed';
const dismissed = signal(Number(localStorage.getItem(DISMISSED)));

/** The announcement, unless it was dismissed here or is over. @param {number} now ms since the epoch, by the server's clock */
export function announcementAt(now) {
  const { announcement } = server.value;
  const over = !announcement || announcement.at === dismissed.value || (announcement.until ?? Infinity) <= now;
  return over ? null : announcement;
}

/** Hides the announcement on this device. @param {number} at its time */
export function dismiss(at) {
  dismissed.value = at;
  localStorage.setItem(DISMISSED, String(at));
}

addEventListener('storage', ({ key, newValue }) => {
  if (key === DISMISSED) dismissed.value = Number(newValue);
});
