/** Whether the person looks at a tab of this browser. */
import { effect } from '../lib.js';
import { isSeen } from './layout.js';

/** A lock that each tab holds while it is looked at. */
const SEEN = 'chatroom seen';
effect(() => {
  if (!isSeen.value || !navigator.locks) return undefined;
  const hidden = new AbortController();
  const until = new Promise((done) => hidden.signal.addEventListener('abort', done));
  navigator.locks.request(SEEN, { mode: 'shared' }, () => !hidden.signal.aborted && until).catch(console.error);
  return () => hidden.abort();
});

/** Returns whether any tab of this browser is looked at. */
export async function isAnySeen() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return held.some(({ name }) => name === SEEN);
}
