/** What the composer and the editor share: growing with the text, and keys that format. */
import { useLayoutEffect } from '../lib.js';

/**
 * Makes a field as high as its text; the CSS bounds it.
 * @param {{current: HTMLTextAreaElement | null}} field
 * @param {string} text
 */
export function useAutosize(field, text) {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
  }, [text]);
}

/**
 * Inserts a text in place of the selection, so that it can be undone as typing can.
 * @param {HTMLTextAreaElement} field
 * @param {string} text
 */
export function insert(field, text) {
  field.focus();
  if (document.execCommand('insertText', false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

/** @param {HTMLTextAreaElement} field */
const selected = (field) => field.value.slice(field.selectionStart, field.selectionEnd);

/**
 * Puts signs around the selection, or takes them away.
 * @param {HTMLTextAreaElement} field
 * @param {string} before
 * @param {string} [after]
 */
function surround(field, before, after = before) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const inside = value.slice(start, end);
  const isSurrounded = value.slice(0, start).endsWith(before) && value.slice(end).startsWith(after);
  if (isSurrounded) {
    field.setSelectionRange(start - before.length, end + after.length);
    insert(field, inside);
    field.setSelectionRange(start - before.length, end - before.length);
  } else {
    insert(field, `${before}${inside}${after}`);
    field.setSelectionRange(start + before.length, end + before.length);
  }
}

/**
 * Handles the keys that format: Ctrl+B bold, Ctrl+I italic, Ctrl+Shift+C code.
 * @param {KeyboardEvent} event in a field
 * @returns {boolean} whether the event was handled
 */
export function formatKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
  const field = /** @type {HTMLTextAreaElement} */ (event.currentTarget);
  const key = event.key.toLowerCase();
  if (key === 'b' && !event.shiftKey) surround(field, '**');
  else if (key === 'i' && !event.shiftKey) surround(field, '_');
  else if (key === 'c' && event.shiftKey && selected(field).includes('\n')) surround(field, '```\n', '\n```');
  else if (key === 'c' && event.shiftKey) surround(field, '`');
  else return false;
  event.preventDefault();
  return true;
}

/**
 * Makes a link of the selection if an address is pasted over it.
 * @param {ClipboardEvent} event in a field
 * @returns {boolean} whether it did
 */
export function pasteLink(event) {
  const field = /** @type {HTMLTextAreaElement} */ (event.currentTarget);
  const pasted = event.clipboardData?.getData('text/plain').trim() ?? '';
  const words = selected(field);
  if (!words || words.includes('\n') || !/^https?:\/\/\S+$/.test(pasted) || /^https?:/.test(words)) return false;
  insert(field, `[${words}](${pasted})`);
  return true;
}
