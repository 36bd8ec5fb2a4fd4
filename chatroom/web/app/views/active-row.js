/** The row of a message list that shows its toolbar: the one that the pointer moves on or rests on, or that has the focus. */
import { floating } from '../components/menu.js';
import { signal } from '../lib.js';
import { isPressed, isTouch } from '../stores/layout.js';

/** A row that comes below a resting pointer is active after this time. Else each row that passes below it would draw its toolbar. */
const REST_MS = 100;

/** Returns the row in which something happened. @param {Event} event @returns {HTMLElement | null} */
export const rowOf = ({ target }) => /** @type {HTMLElement} */ (target).closest('.message');

/** @param {Event} event */
const isOnToolbar = ({ target }) => /** @type {HTMLElement} */ (target).closest('.toolbar') !== null;

export class ActiveRow {
  /** The row's `data-key`. @type {import('../lib.js').Signal<string | null>} */
  key = signal(null);
  /** Whether the pointer has moved onto the toolbar. One that appears below a resting pointer is not aimed at. */
  isAimedAt = signal(false);
  /** The row below the pointer. @type {HTMLElement | null} */
  #below = null;
  /** Whether the keyboard has moved last, not the pointer. */
  #isByKeyboard = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest = undefined;

  /** @param {{current: HTMLElement | null}} list the element around the rows */
  constructor(list) {
    this.list = list;
  }

  /** Makes the row active that the pointer moves on. @param {PointerEvent} event */
  move = (event) => {
    const row = rowOf(event);
    this.isAimedAt.value = event.pointerType === 'mouse' && isOnToolbar(event);
    this.#isByKeyboard = false;
    this.#point(row);
    this.#activate(row);
  };

  /** Makes the row active in which an element has got the focus. @param {HTMLElement} row @param {HTMLElement} element */
  focus(row, element) {
    this.#isByKeyboard = element.matches(':focus-visible');
    this.#activate(row);
  }

  /** Makes the row that is below the pointer now active when the pointer has rested on it. @param {PointerEvent} event */
  over = (event) => {
    const row = rowOf(event);
    if (!isOnToolbar(event)) this.isAimedAt.value = false;
    if (row === this.#below || this.#isByKeyboard) return;
    this.leave();
    this.#point(row);
    this.#rest = setTimeout(() => this.#activate(row), REST_MS);
  };

  leave = () => {
    this.isAimedAt.value = false;
    this.#point(null);
    if (this.#isFree()) this.key.value = null;
  };

  /** @param {HTMLElement | null} row */
  #point(row) {
    clearTimeout(this.#rest);
    this.#below = row;
  }

  /** @param {HTMLElement | null} row */
  #activate(row) {
    if (row && !isTouch.peek() && this.#isFree()) this.key.value = row.getAttribute('data-key');
  }

  /** Returns whether the toolbar may change: no button of the pointer is down, and no menu of the toolbar is open. */
  #isFree = () => !isPressed.peek() && !this.list.current?.contains(floating.peek()?.opener ?? null);
}
