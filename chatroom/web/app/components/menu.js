/** Menus and other things that float beside their opener. One is open at a time. On phones a sheet from below. */
import { cx, effect, html, signal, useLayoutEffect, useListener, useRef } from '../lib.js';
import { route } from '../router.js';
import { isPhone } from '../stores/layout.js';
import { failed } from '../stores/toasts.js';
import { Icon } from './icon.js';

/**
 * @typedef {object} Float
 * @property {Element} opener
 * @property {() => any} content
 * @property {import('../../vendor/floating-ui/floating-ui.dom.browser.min.mjs').Placement} placement
 * @property {'menu' | 'dialog'} role
 * @property {string} label
 */
/** @type {import('../lib.js').Signal<Float | null>} */
export const floating = signal(null);

/**
 * @typedef {object} Item
 * @property {string} [icon]
 * @property {string} text
 * @property {string} [hint] for instance a key
 * @property {boolean} [danger]
 * @property {boolean} [checked]
 * @property {() => unknown} act
 */

/**
 * Opens a menu, or closes it if it was opened by the same element.
 * @param {Element} opener
 * @param {string} label
 * @param {readonly (Item | null | false | undefined)[]} items null, false and undefined are left out
 * @param {Float['placement']} [placement]
 * @param {any} [head] shown before the items
 */
export function showMenu(opener, label, items, placement = 'bottom-start', head) {
  const shown = items.filter((item) => !!item);
  const list = () =>
    shown.map(
      (item) => html`
        <button
          key=${item.text}
          type="button"
          role=${item.checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
          aria-checked=${item.checked === undefined ? undefined : String(item.checked)}
          class=${cx('menu-item', item.danger && 'danger')}
          onClick=${() => {
            closeFloating();
            item.act();
          }}
        >
          <${Icon} name=${item.checked ? 'check' : (item.icon ?? 'blank')} />
          <span class="spread">${item.text}</span>
          ${item.hint && html`<span class="meta">${item.hint}</span>`}
        </button>
      `,
    );
  show({ opener, label, content: () => html`${head}${list()}`, placement, role: 'menu' });
}

/**
 * Opens any content beside an element.
 * @param {Element} opener
 * @param {string} label
 * @param {() => any} content
 * @param {Float['placement']} [placement]
 */
export const showPopover = (opener, label, content, placement = 'bottom-start') =>
  show({ opener, label, content, placement, role: 'dialog' });

/** @param {Float} float */
function show(float) {
  floating.value = floating.value?.opener === float.opener ? null : float;
}

export function closeFloating() {
  const { opener } = floating.value ?? {};
  floating.value = null;
  if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
}

/** Moves the focus with the arrow keys, Home, End and first letters. @param {KeyboardEvent} event @param {HTMLElement} menu */
export function moveFocus(event, menu) {
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll('[role^=menuitem]')]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? items.length - 1 : at - 1, Home: 0, End: items.length - 1 }[event.key];
  const byLetter = () => {
    const later = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    return later.find((item) => item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()));
  };
  const item = next === undefined ? event.key.length === 1 && event.key !== ' ' && byLetter() : items.at(next % items.length);
  if (!item) return;
  event.preventDefault();
  item.focus();
}

effect(() => {
  void route.value; // what was opened there closes
  floating.value = null;
});

export function Floating() {
  const float = floating.value;
  return float && html`<${FloatingBox} key=${float.label} ...${float} />`;
}

/** Lets the present press, which has done its work, make no click. */
export function swallowClick() {
  const stop = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  const over = new AbortController();
  addEventListener('click', stop, { capture: true, signal: over.signal });
  addEventListener('pointerdown', () => over.abort(), { capture: true, once: true });
}

/** Loads the library that places menus, when the first one opens. */
export const positioning = () => import('../../vendor/floating-ui/floating-ui.dom.browser.min.mjs');

/** @param {Float} props */
function FloatingBox({ opener, label, content, placement, role }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const element = /** @type {HTMLElement} */ (box.current);
    const show = (/** @type {string[]} */ ...classes) => {
      if (element.classList.contains('placed')) return;
      element.classList.add('placed', ...classes);
      const first = element.querySelector('[autofocus], [role^=menuitem], input, button');
      (first instanceof HTMLElement ? first : element).focus({ preventScroll: true });
    };
    element.showPopover(); // above all else
    if (isPhone.peek()) {
      show('sheet'); // placed by the CSS
      return;
    }
    let stop = () => {};
    let open = true;
    positioning().then(({ autoUpdate, computePosition, flip, offset, shift }) => {
      // Over the opener, if there is no space beside it.
      const inside = shift({ padding: 8, crossAxis: true });
      /** @type {import('../../vendor/floating-ui/floating-ui.dom.browser.min.mjs').ComputePositionConfig} */
      const options = { placement, strategy: 'fixed', middleware: [offset(4), flip(), inside] };
      const place = async () => {
        if (!opener.isConnected && element.classList.contains('placed')) return; // it stays where it is
        const { x, y } = await computePosition(opener, element, options);
        Object.assign(element.style, { left: `${x}px`, top: `${y}px` });
        if (open) show();
      };
      if (open) stop = autoUpdate(opener, element, place);
    }, failed);
    return () => {
      open = false;
      stop();
    };
  }, [opener]);
  useListener(
    document,
    'pointerdown',
    (event) => {
      const outside = !box.current?.contains(event.target);
      if (!outside || (!isPhone.peek() && opener.contains(event.target))) return;
      floating.value = null;
      if (isPhone.peek()) swallowClick(); // a press outside a sheet only closes it
    },
    { capture: true },
  );
  function key(/** @type {KeyboardEvent} */ event) {
    if (event.key === 'Escape') {
      event.stopPropagation();
      closeFloating();
    } else if (role === 'menu') {
      if (event.key === 'Tab') closeFloating();
      else moveFocus(event, /** @type {HTMLElement} */ (box.current));
    }
  }
  return html`
    <div ref=${box} tabindex="-1" popover="manual" class=${cx('floating', role === 'menu' && 'menu')} role=${role} aria-label=${label} onKeyDown=${key}>${content()}</div>
  `;
}
