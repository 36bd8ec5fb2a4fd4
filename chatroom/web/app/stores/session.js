/** The account that is logged in on this page, and the client that speaks to the server. */
import { accounts, connect } from '../../chatroom/index.js';
import { BASE } from '../base.js';
import { effect, signal } from '../lib.js';
import { forgetDrafts, openDrafts } from './drafts.js';
import { forgetKept, keep, showKept } from './kept.js';
import { followServer } from './server.js';

/** @typedef {import('../../chatroom/index.js').Client} Client */

/** The requests for log-in, sign-up and tokens. The browser keeps the cookie. */
export const account = accounts({ url: BASE, cookie: true });

/** `starting` until it is known whether somebody is logged in. @type {import('../lib.js').Signal<'starting' | 'out' | 'in'>} */
export const phase = signal('starting');
/** Why the server ended the session; shown above the log-in. @type {import('../lib.js').Signal<{reason: string} | null>} */
export const ending = signal(null);

/** The stored note of a log-out that the server has not answered yet, in all tabs. */
const LEAVING = 'chatroom.leaving';
const MAX_RETRY_MS = 60_000;
/** After this time without a connection, what is kept on the device is shown. */
const PATIENCE_MS = 1000;

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
  if (localStorage.getItem(LEAVING) !== null) {
    phase.value = 'out';
    finishLogOut();
    return;
  }
  const begun = (current = connect({ url: BASE }));
  const { connection } = begun;
  let shown = /** @type {string | null} */ (null);
  let isKeeping = false;
  const patience = setTimeout(() => showKept(begun).catch(console.error), PATIENCE_MS);
  const stop = connection.subscribe(() => {
    const { status, user, ending: why } = connection.state;
    if (user && phase.value !== 'in') {
      openDrafts(user.name);
      ending.value = null;
      shown = user.name;
      phase.value = 'in';
    }
    if (status === 'connected' && !isKeeping) {
      isKeeping = true;
      clearTimeout(patience);
      const again = (/** @type {unknown} */ error) => {
        console.error(error);
        isKeeping = false; // until the next connection
      };
      if (user?.name === shown) keep(begun).catch(again);
      else forgetKept().finally(() => location.reload()); // another account than that which was shown
    }
    if (status === 'ended') {
      stop();
      leave(why);
    }
  });
  followServer(begun);
  begun.on('tokenExpiring', ({ expiresAt }) => void renew(expiresAt));
}

/** @param {any} why */
function leave(why) {
  if (why?.reason === 'revoked' || why?.reason === 'expired') forgetKept().catch(console.error);
  ending.value = phase.value === 'in' && why?.reason !== 'closed' ? why : null;
  current = null;
  phase.value = 'out';
}

// ---- the cookie

/**
 * Makes a request that changes the cookie. One of them at a time is made by all tabs.
 * @template T
 * @param {() => Promise<T>} request
 * @returns {Promise<T>}
 */
const changeCookie = async (request) => (navigator.locks ? navigator.locks.request('chatroom.cookie', request) : request());

/** Renews the token, unless another tab has done that. @param {number} expiresAt when the known token expires */
const renew = (expiresAt) =>
  changeCookie(async () => {
    const present = (await account.tokens()).find((token) => token.current);
    if (present?.expiresAt === expiresAt) await account.renew();
  }).catch(() => {}); // the next connection is told again

/**
 * Makes a log-in or sign-up. An earlier log-out reaches the server before it, since the new cookie replaces the old one.
 * @template T
 * @param {() => Promise<T>} request
 * @returns {Promise<T>}
 */
export const enter = (request) =>
  changeCookie(async () => {
    await endLogIn();
    return request();
  });

/**
 * Logs out: the server forgets the log-in, or all of the account, and the device what it keeps. A log-out that does not reach
 * the server is repeated until it is answered.
 * @param {{everywhere?: boolean}} [options]
 */
export async function logOut({ everywhere = false } = {}) {
  localStorage.setItem(LEAVING, JSON.stringify({ everywhere }));
  await forget();
  await finishLogOut();
}

/** Deletes what the device keeps of the account, and ends the session. */
async function forget() {
  forgetDrafts();
  await forgetKept();
  await current?.forget();
}

addEventListener('storage', ({ key, newValue }) => {
  if (key === LEAVING && newValue !== null) forget(); // another tab logs out
});

/** Makes the log-out that is noted, if there is one. It is rejected if the server does not answer. */
async function endLogIn() {
  const noted = localStorage.getItem(LEAVING);
  if (noted === null) return;
  try {
    await account.logOut(JSON.parse(noted));
  } catch (/** @type {any} */ error) {
    if (error.temporary) throw error;
  }
  localStorage.removeItem(LEAVING);
}

/** Repeats the log-out that is noted until the server answers. */
async function finishLogOut() {
  for (let pauseMs = 1_000; ; pauseMs = Math.min(2 * pauseMs, MAX_RETRY_MS)) {
    try {
      await changeCookie(endLogIn);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  }
}

/** Calls a function whenever the phase changes. @param {(phase: string) => void} listener */
export const onPhase = (listener) => effect(() => listener(phase.value));
