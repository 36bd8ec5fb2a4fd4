// Log-outs, told to the server: at once, or later where that fails.
import { post } from '/connection.js';
import { pause, wait } from '/pace.js';

/** Tokens that are to be revoked. They outlive the page, and nobody logs in with them. */
const SHELF = 'chatroom.leaving';
const MAX_KEPT = 20;
const MAX_TRIES = 10;

const kept = () => JSON.parse(localStorage.getItem(SHELF) ?? '[]');

function keep(tokens) {
  if (tokens.length) localStorage.setItem(SHELF, JSON.stringify(tokens.slice(-MAX_KEPT)));
  else localStorage.removeItem(SHELF);
}

/** The failure; null where the token is of no use any more. */
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

/** Until each is answered. After many failures the rest waits for the next page or the browser's next network. */
export async function retryLogOuts() {
  if (running) return;
  running = true;
  for (let failures = 0; kept().length && failures < MAX_TRIES; ) {
    const error = await revoke(kept()[0]);
    if (error) await wait(pause(error, failures++));
  }
  running = false;
}
