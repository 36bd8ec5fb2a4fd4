/** What a form asks for: whether it is under way, and why it was refused. */
import { useState } from './lib.js';

/**
 * Returns `run`, which calls a function and keeps the browser from sending the form itself; `busy` while it runs; `error`, the
 * refusal of the last run; and `clear`, which forgets that.
 * @template {any[]} A
 * @param {(...args: A) => Promise<unknown>} act
 */
export function useAction(act) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  /** @param {A} args */
  async function run(...args) {
    if (args[0] instanceof Event) args[0].preventDefault();
    setBusy(true);
    setError(null);
    try {
      await act(...args);
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  }
  return { busy, error, run, clear: () => setError(null) };
}
