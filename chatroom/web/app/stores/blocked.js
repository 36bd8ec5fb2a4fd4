/** The people whom I block. Read once when it is asked for, and kept by what this page changes. */
import { signal } from '../lib.js';
import { client, onPhase } from './session.js';

/** Names of accounts; null until they are loaded. @type {import('../lib.js').Signal<readonly string[] | null>} */
export const blocked = signal(null);

onPhase((phase) => {
  if (phase === 'out') blocked.value = null;
});

/** Reads all pages. */
export async function loadBlocked() {
  /** @type {string[]} */
  const names = [];
  let after = /** @type {string | null} */ (null);
  do {
    const page = await client().calls.listBlocked({ after, limit: 200 });
    names.push(...page.users.map(({ name }) => name));
    after = page.next;
  } while (after !== null);
  blocked.value = names;
}

/** @param {string} user @param {boolean} isBlocked */
export async function setBlocked(user, isBlocked) {
  if (isBlocked) await client().calls.blockUser({ user });
  else await client().calls.unblockUser({ user });
  const others = (blocked.value ?? []).filter((name) => name !== user);
  blocked.value = isBlocked ? [...others, user].sort() : others;
}
