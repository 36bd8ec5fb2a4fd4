/**
 * Messages being deleted. The server is asked when the time to undo ends; until then they are only hidden here. The device
 * keeps them meanwhile: if the page is closed, they are deleted when it is opened again.
 */
import { t } from '../i18n.js';
import { signal } from '../lib.js';
import { strike } from './kept.js';
import { client, me } from './session.js';
import { failed, toast } from './toasts.js';

const UNDO_MS = 5000;
/** Pause before a call is made again that was refused for now. */
const RETRY_MS = 1000;
const PREFIX = 'chatroom.deletions.';

/** @typedef {{room: string, seq: number}} Place */

/** @type {import('../lib.js').Signal<readonly Place[]>} */
const pending = signal([]);

const isAt = (/** @type {Place} */ one, /** @type {Place} */ other) => one.room === other.room && one.seq === other.seq;

/** @param {readonly Place[]} places */
function keep(places) {
  pending.value = places;
  localStorage.setItem(PREFIX + me(), JSON.stringify(places));
}

/** @param {Place} message */
export const isDeleting = (message) => pending.value.some((place) => isAt(place, message));

/** @param {Place} place */
const forget = (place) => keep(pending.value.filter((other) => !isAt(other, place)));

/** @param {Place} place */
async function deleteNow(place) {
  const { calls } = client();
  for (;;) {
    try {
      await calls.deleteMessage(place);
      await strike(place.room, place.seq).catch(console.error); // the room may not be open any more
      return forget(place);
    } catch (/** @type {any} */ error) {
      if (error.reason === 'ended') return; // kept for the next time that this account is here
      if (!error.temporary && error.reason !== 'timeout') {
        failed(error);
        return forget(place);
      }
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? RETRY_MS));
    }
  }
}

/** Hides a message, and deletes it if that is not undone. @param {Place} message */
export function deleteLater({ room, seq }) {
  const place = { room, seq };
  keep([...pending.value, place]);
  const timer = setTimeout(() => {
    removeToast();
    deleteNow(place);
  }, UNDO_MS);
  const undo = () => {
    clearTimeout(timer);
    forget(place);
  };
  const removeToast = toast(t('message-deleted'), { action: t('undo'), act: undo });
}

/** Deletes what was left when the page was closed. */
export function resumeDeletions() {
  pending.value = JSON.parse(localStorage.getItem(PREFIX + me()) ?? '[]');
  for (const place of pending.value) deleteNow(place);
}
