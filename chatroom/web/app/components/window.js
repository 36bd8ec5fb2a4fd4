/** Of a long list only the rows near what is visible are drawn; spacers take the place of the others. */
import { useEffect, useLayoutEffect, useRef, useState } from '../lib.js';

/** Shorter lists are drawn as a whole. */
const MIN_ROWS = 100;
/** Rows are drawn up to this far from what is visible. */
const MARGIN_PX = 800;
/** The bounds of what is drawn are multiples of this, so that not each scroll moves them. */
const STEP_ROWS = 10;
/** A row's height as long as none was measured. */
const ROW_PX = 48;

/** @typedef {string | number} Key */
/** @typedef {{first: number, end: number}} Range */

/** The heights of a list's rows: those measured, and for the others that of the first ones. */
class Heights {
  /** @type {Map<Key, number>} */
  known = new Map();
  usual = 0;

  /** @param {Key} key */
  of(key) {
    return this.known.get(key) ?? (this.usual || ROW_PX);
  }

  /** @param {readonly Key[]} keys @param {number} first @param {number} end */
  sum(keys, first, end) {
    let sum = 0;
    for (let index = first; index < end; index++) sum += this.of(keys[index]);
    return sum;
  }

  /** @param {readonly HTMLElement[]} rows @param {readonly Key[]} keys of these rows */
  measure(rows, keys) {
    rows.forEach((row, index) => {
      const next = rows[index + 1];
      this.known.set(keys[index], next ? next.offsetTop - row.offsetTop : row.offsetHeight);
    });
    if (!this.usual && rows.length) this.usual = this.sum(keys, 0, rows.length) / rows.length;
  }

  /**
   * Returns the rows between two distances from the list's start.
   * @param {readonly Key[]} keys
   * @param {number} top
   * @param {number} bottom
   * @returns {Range}
   */
  between(keys, top, bottom) {
    let [first, at] = [0, 0];
    for (; first < keys.length && at + this.of(keys[first]) <= top; first++) at += this.of(keys[first]);
    let end = first;
    for (; end < keys.length && at < bottom; end++) at += this.of(keys[end]);
    return around(first, end, keys.length);
  }
}

/** @param {number} first @param {number} end @param {number} count @returns {Range} */
const around = (first, end, count) => ({
  first: Math.max(0, Math.floor(Math.min(first, count - 1) / STEP_ROWS) * STEP_ROWS),
  end: Math.min(count, Math.ceil(end / STEP_ROWS) * STEP_ROWS),
});

/**
 * Returns which rows of a list are drawn. The list is in an element of the class `scroll`; its rows have the attribute `data-row`.
 * @param {{current: HTMLElement | null}} list
 * @param {readonly Key[]} keys of all rows
 * @returns {Range & {before: number, after: number, focusRow: (index: number) => void}} `before`, `after`: the heights of the
 *   spacers in pixels; `focusRow` draws a row and moves the focus to it
 */
export function useWindow(list, keys) {
  const heights = useRef(/** @type {Heights | null} */ (null));
  const sizes = (heights.current ??= new Heights());
  const [range, setRange] = useState({ first: 0, end: MIN_ROWS });
  const wanted = useRef(/** @type {number | null} */ (null));
  const whole = keys.length <= MIN_ROWS;
  const first = whole ? 0 : Math.min(range.first, keys.length - 1);
  const end = whole ? keys.length : Math.min(range.end, keys.length);
  const rows = () => /** @type {HTMLElement[]} */ ([...(list.current?.querySelectorAll(':scope > [data-row]') ?? [])]);

  function follow() {
    const scroller = list.current?.closest('.scroll');
    if (!list.current || !scroller || whole) return;
    sizes.measure(rows(), keys.slice(first, end));
    const top = scroller.getBoundingClientRect().top - list.current.getBoundingClientRect().top;
    const next = sizes.between(keys, top - MARGIN_PX, top + scroller.clientHeight + MARGIN_PX);
    if (next.first === first && next.end === end) return;
    // The list keeps the focus of a row that is not drawn any more.
    const focused = rows().findIndex((row) => row.contains(document.activeElement));
    if (focused >= 0 && (first + focused < next.first || first + focused >= next.end)) list.current.focus({ preventScroll: true });
    setRange(next);
  }
  const latest = useRef(follow);
  latest.current = follow;

  useLayoutEffect(() => {
    if (wanted.current !== null) {
      const item = rows()[wanted.current - first]?.querySelector('[data-item]');
      if (item instanceof HTMLElement) item.focus();
      wanted.current = null;
    }
    follow();
  });
  useEffect(() => {
    const scroller = list.current?.closest('.scroll');
    if (!scroller) return undefined;
    const again = () => latest.current();
    const observer = new ResizeObserver(again);
    observer.observe(scroller);
    scroller.addEventListener('scroll', again, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', again);
    };
  }, []);

  function focusRow(/** @type {number} */ index) {
    wanted.current = index;
    setRange(around(index - MIN_ROWS / 2, index + MIN_ROWS / 2, keys.length));
  }
  return { first, end, before: sizes.sum(keys, 0, first), after: sizes.sum(keys, end, keys.length), focusRow };
}
