/** A long press of a finger. */
const LONG_PRESS_MS = 450;

export class LongPress {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  /** @param {(target: HTMLElement) => (() => void) | null} find returns what a long press there does */
  constructor(find) {
    this.find = find;
  }

  /** @param {PointerEvent} event */
  press = (event) => {
    this.release();
    const act = event.pointerType === 'touch' ? this.find(/** @type {HTMLElement} */ (event.target)) : null;
    if (act) this.timer = setTimeout(act, LONG_PRESS_MS);
  };

  release = () => clearTimeout(this.timer);
}
