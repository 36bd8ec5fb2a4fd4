/** Short notices at the bottom of the page. */
import { language, t } from '../i18n.js';
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

/** Reasons of many refusals, of which the server's words, in English, say more. */
const MANY = new Set(['forbidden', 'not_found', 'conflict', 'quota_exceeded', 'invalid_params']);

/**
 * Returns words for a refused call: what happened, and what to do. The server's message begins with the parameter that it is about.
 * @param {any} error
 */
export function errorText(error) {
  const { reason = 'internal', message = '' } = error ?? {};
  const [, subject = '', detail] = /^(?:([\w.-]+)(?:, [\w.-]+)*: )?(.*)$/s.exec(message) ?? [];
  const id = `error-${reason.replaceAll('_', '-')}`;
  const words = textOf(`${id}-${subject.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  if (words) return words;
  if (MANY.has(reason) && detail && language.value === 'en') return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
  return textOf(id) ?? t('error-internal');
}

/** @param {string} id @returns {string | null} null if there is no such text */
const textOf = (id) => {
  const words = t(id);
  return words === id ? null : words;
};

/** Shows a refusal. @param {any} error */
export function failed(error) {
  if (error?.reason === 'aborted') return;
  if (!error?.reason) console.error(error);
  toast(errorText(error), { kind: 'error' });
}
