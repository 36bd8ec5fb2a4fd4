// Log-outs: tokens are revoked at once, or later if that fails.
import { post } from './connection.js';
import { pause, wait } from './pace.js';

/** Key in local storage of the tokens to revoke. They survive the page, and are not used to log in. */
const STORAGE_KEY = 'chatroom.leaving';
const MAX_KEPT = 20;
const MAX_TRIES = 10;

const kept = () => JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');

function keep(tokens) {
  if (tokens.length) localStorage.setItem(STORAGE_KEY, JSON.stringify(tokens.slice(-MAX_KEPT)));
  else localStorage.removeItem(STORAGE_KEY);
}

/** Revokes a token. Returns the error; null if the token is invalid now. */
async function revoke(token) {
  try {
    await post('/api/logout', null, token);
  } catch (error) {
    if (error.reason !== 'unauthenticated') return error;
  }
  keep(kept().filter((other) => other !== token));
  return null;
}

export async function logOut(token) {
  keep([...kept(), token]);
  if (await revoke(token)) retryLogOuts();
}

let running = false;

/** Revokes all stored tokens, with retries. After MAX_TRIES the next page continues, or this one when it is online again. */
export async function retryLogOuts() {
  if (running) return;
  running = true;
  for (let failures = 0; kept().length && failures < MAX_TRIES; ) {
    const error = await revoke(kept()[0]);
    if (error) await wait(pause(error, failures++));
  }
  running = false;
}
