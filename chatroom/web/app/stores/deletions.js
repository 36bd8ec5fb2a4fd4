/** Messages being deleted. The server is asked when the time to undo ends; until then they are only hidden here. */
import { t } from '../i18n.js';
import { signal } from '../lib.js';
import { failed, toast } from './toasts.js';

const UNDO_MS = 5000;

/** @type {import('../lib.js').Signal<ReadonlyMap<string, () => void>>} how to delete each now */
const pending = signal(new Map());

const keyOf = (/** @type {{room: string, seq: number}} */ { room, seq }) => `${room} ${seq}`;

/** @param {{room: string, seq: number}} message */
export const isDeleting = (message) => pending.value.has(keyOf(message));

/**
 * Hides a message, and deletes it if that is not undone.
 * @param {{room: string, seq: number}} message
 * @param {(seq: number) => Promise<unknown>} remove
 */
export function deleteLater(message, remove) {
  const key = keyOf(message);
  const show = () => {
    const rest = new Map(pending.value);
    rest.delete(key);
    pending.value = rest;
  };
  const now = () => {
    clearTimeout(timer);
    removeToast();
    remove(message.seq).catch(failed).finally(show);
  };
  const undo = () => {
    clearTimeout(timer);
    show();
  };
  const timer = setTimeout(now, UNDO_MS);
  const removeToast = toast(t('message-deleted'), { action: t('undo'), act: undo });
  pending.value = new Map(pending.value).set(key, now);
}

// Leaving the page ends the time to undo.
addEventListener('pagehide', () => pending.peek().forEach((now) => now()));
