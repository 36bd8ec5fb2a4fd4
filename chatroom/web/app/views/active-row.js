/** The row of a message list that shows its toolbar: the one that the pointer moves on or rests on, or that has the focus. */
import { floating } from '../components/menu.js';
import { signal } from '../lib.js';
import { isPressed, isTouch } from '../stores/layout.js';

/** A row that comes below a resting pointer is active after this time. Else each row that passes below it would draw its toolbar. */
const REST_MS = 100;

export class ActiveRow {
  /** The row's `data-key`. @type {import('../lib.js').Signal<string | null>} */
  key = signal(null);
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

  /** Makes the row active that the pointer moves on. @param {HTMLElement | null} row */
  move(row) {
    this.#isByKeyboard = false;
    this.#point(row);
    this.#activate(row);
  }

  /** Makes the row active in which an element has got the focus. @param {HTMLElement} row @param {HTMLElement} element */
  focus(row, element) {
    this.#isByKeyboard = element.matches(':focus-visible');
    this.#activate(row);
  }

  /** Makes the row that is below the pointer now active when the pointer has rested on it. @param {HTMLElement | null} row */
  over(row) {
    if (row === this.#below || this.#isByKeyboard) return;
    this.leave();
    this.#point(row);
    this.#rest = setTimeout(() => this.#activate(row), REST_MS);
  }

  leave = () => {
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
