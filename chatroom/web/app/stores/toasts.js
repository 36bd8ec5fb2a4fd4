/** Short notices at the bottom of the page. */
import { t } from '../i18n.js';
import { signal } from '../lib.js';

const SHOWN_MS = 6000;

/**
 * @typedef {object} Toast
 * @property {number} id
 * @property {string} text
 * @property {'info' | 'error'} kind
 * @property {string} [action]
 * @property {() => unknown} [act]
 */
/** @type {import('../lib.js').Signal<readonly Toast[]>} */
export const toasts = signal([]);
let lastId = 0;

/**
 * Shows a notice. Returns a function that removes it.
 * @param {string} text
 * @param {{kind?: Toast['kind'], action?: string, act?: () => unknown, lasting?: boolean}} [options] `lasting`: until its action is done
 */
export function toast(text, { kind = 'info', action, act, lasting = false } = {}) {
  const id = ++lastId;
  const remove = () => (toasts.value = toasts.value.filter((other) => other.id !== id));
  const done = () => {
    remove();
    act?.();
  };
  // The same words twice are one notice.
  const others = toasts.value.filter((other) => other.text !== text || other.action);
  toasts.value = [...others, { id, text, kind, action, ...(act && { act: done }) }];
  if (!lasting) setTimeout(remove, SHOWN_MS);
  return remove;
}

/**
 * Returns words for a refused call: what happened, and what to do.
 * @param {any} error
 */
export function errorText(error) {
  const id = `error-${String(error?.reason ?? 'internal').replaceAll('_', '-')}`;
  const words = t(id);
  if (words !== id) return words;
  const detail = String(error?.message ?? '').replace(/^[\w.-]+(, [\w.-]+)*: /, '');
  return detail ? `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.` : t('error-internal');
}

/** Shows a refusal. @param {any} error */
export function failed(error) {
  if (error?.reason === 'aborted') return;
  if (!error?.reason) console.error(error);
  toast(errorText(error), { kind: 'error' });
}
