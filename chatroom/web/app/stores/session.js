/** Who is logged in on this page, and the client that speaks to the server. */
import { accounts, connect } from '../../chatroom/index.js';
import { effect, signal } from '../lib.js';
import { forgetDrafts, openDrafts } from './drafts.js';
import { followServer } from './server.js';

/** @typedef {import('../../chatroom/index.js').Client} Client */

/** The requests for log-in, sign-up and tokens. The browser keeps the cookie. */
export const account = accounts({ cookie: true });

/** `starting` until it is known whether somebody is logged in. @type {import('../lib.js').Signal<'starting' | 'out' | 'in'>} */
export const phase = signal('starting');
/** Why the server ended the session; shown above the log-in. @type {import('../lib.js').Signal<{reason: string} | null>} */
export const ending = signal(null);

/** @type {Client | null} */
let current = null;

/** Returns the client. Views that use it are shown only while somebody is logged in. */
export function client() {
  if (!current) throw new Error('nobody is logged in');
  return current;
}

/** Returns the account's name. */
export const me = () => /** @type {{name: string}} */ (client().connection.state.user).name;

/** Connects with the browser's cookie. Whether it is good shows at the first connection. */
export function begin() {
  current = connect();
  const { connection } = current;
  const stop = connection.subscribe(() => {
    const { status, user, ending: why } = connection.state;
    if (user && phase.value !== 'in') {
      openDrafts(user.name);
      ending.value = null;
      phase.value = 'in';
    }
    if (status === 'ended') {
      stop();
      leave(why);
    }
  });
  followServer(current);
  current.on('tokenExpiring', () => account.renew().catch(() => {})); // the connection asks again
}

/** @param {any} why */
function leave(why) {
  const known = phase.value === 'in';
  current = null;
  phase.value = 'out';
  ending.value = known && why?.reason !== 'closed' ? why : null;
}

/**
 * Logs out: the server forgets the log-in, or all of the account, and the device what it keeps.
 * @param {{everywhere?: boolean}} [options]
 */
export async function logOut({ everywhere = false } = {}) {
  const leaving = client();
  await account.logOut({ everywhere }).catch(() => {});
  forgetDrafts();
  await leaving.forget();
  leaving.close();
}

/** Calls a function whenever the phase changes. @param {(phase: string) => void} listener */
export const onPhase = (listener) => effect(() => listener(phase.value));
