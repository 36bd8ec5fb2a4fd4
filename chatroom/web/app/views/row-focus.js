/** The focus in a list of messages: Tab reaches one row, and the arrow keys move from there. */
export class RowFocus {
  /** The row that Tab reaches. @type {HTMLElement | undefined} */
  #row;
  /** Whether it was focused; else it is the newest one. */
  #chosen = false;

  /** @param {{current: HTMLElement | null}} list the element around the rows */
  constructor(list) {
    this.list = list;
  }

  /** @returns {HTMLElement[]} */
  get #rows() {
    return [...(this.list.current?.querySelectorAll('.message') ?? [])].filter((row) => row instanceof HTMLElement);
  }

  /** @param {HTMLElement} row that has the focus */
  at(row) {
    this.#chosen = true;
    this.#reach(row);
  }

  /** Finds another row if the present one is gone, or is no longer the newest. */
  keep() {
    if (this.#chosen && this.#row?.isConnected) return;
    this.#chosen = false;
    const newest = this.list.current?.querySelector('.rows > .message:last-child');
    this.#reach(newest instanceof HTMLElement ? newest : this.#rows.at(-1));
  }

  /** @param {HTMLElement | undefined} row */
  #reach(row) {
    if (row === this.#row) return;
    if (this.#row) this.#row.tabIndex = -1;
    this.#row = row;
    if (row) row.tabIndex = 0;
  }

  /**
   * Moves the focus to another row.
   * @param {KeyboardEvent} event
   * @param {HTMLElement} row that has the focus
   * @returns {boolean} whether the key does so
   */
  key(event, row) {
    const rows = this.#rows;
    const at = rows.indexOf(row);
    const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (next === undefined) return false;
    rows[next]?.focus();
    return true;
  }
}
