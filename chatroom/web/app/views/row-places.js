/** Sizes and positions in a message list. */

/** Work that reads them, once a frame, after the browser's own layout. An earlier read would need one more. */
export class AfterLayout {
  /** @type {ResizeObserver | null} */
  #observer = null;
  /** @type {readonly Element[]} */
  #elements = [];

  /** @param {() => void} work */
  constructor(work) {
    this.work = work;
  }

  /** Works in frames that change a size of these. @param {...Element} elements */
  begin(...elements) {
    this.#elements = elements;
    this.#observer = new ResizeObserver(this.work);
    for (const element of elements) this.#observer.observe(element);
  }

  /** Works in this or the next frame: to observe an element anew counts as a change. */
  ask = () => {
    const [first] = this.#elements;
    this.#observer?.unobserve(first);
    this.#observer?.observe(first);
  };

  end() {
    this.#observer?.disconnect();
    this.#observer = null;
  }
}

/**
 * Returns the first row of a message that is visible.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} content the element of the rows
 * @returns {HTMLElement | undefined}
 */
export function firstSeen(scroller, content) {
  const { top } = scroller.getBoundingClientRect();
  const rows = /** @type {ArrayLike<HTMLElement>} */ (/** @type {unknown} */ (content.children));
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].getBoundingClientRect().bottom <= top) low = middle + 1;
    else high = middle;
  }
  // Not a line that an update may move, but a message.
  while (rows[low] && !rows[low].dataset.seq) low += 1;
  return rows[low];
}

/**
 * Shows a message in the middle, marks it for a moment, and gives it the focus.
 * @param {HTMLElement} content the element of the rows
 * @param {number} seq
 */
export function highlight(content, seq) {
  const row = /** @type {HTMLElement | null} */ (content.querySelector(`[data-seq="${seq}"]`));
  if (!row) return;
  row.scrollIntoView({ block: 'center' });
  row.classList.remove('target');
  void row.offsetWidth; // begins the animation anew
  row.classList.add('target');
  row.focus({ preventScroll: true });
}
