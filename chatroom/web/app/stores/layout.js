/** The page's shape: how wide it is, what of the sidebar is folded, what the pointer holds. */
import { signal } from '../lib.js';

/** @param {string} query @returns {import('../lib.js').Signal<boolean>} */
function matches(query) {
  const media = matchMedia(query);
  const result = signal(media.matches);
  media.addEventListener('change', () => (result.value = media.matches));
  return result;
}

/** Whether list, conversation and panel are a stack of which one is visible. */
export const isPhone = matches('(max-width: 719.9px)');
/** Whether the main pointer is a finger, for which nothing hovers. */
export const isTouch = matches('(hover: none)');

// Not every browser makes the page smaller when its keyboard on the screen opens. The page then is as high as what is visible.
const { visualViewport: visible } = globalThis;
const fit = () => {
  if (!visible || visible.scale !== 1) return; // enlarged by two fingers
  const isCovered = innerHeight - visible.height > 1;
  const { style } = document.documentElement;
  if (isCovered) style.setProperty('--visible-height', `${visible.height}px`);
  else style.removeProperty('--visible-height');
  if (isCovered) scrollTo(0, 0); // the browser has scrolled the page to show the field
};
for (const type of ['resize', 'scroll']) visible?.addEventListener(type, fit);

/** Whether a button of the pointer is down. Nothing moves below it then, so that no click is lost. */
export const isPressed = signal(false);
/** The part of the page, by `data-hold`, that the pointer is over. Its order stays as it is. */
export const heldPart = signal(/** @type {string | null} */ (null));

addEventListener('pointerdown', () => (isPressed.value = true), true);
for (const type of ['pointerup', 'pointercancel', 'dragend', 'blur']) {
  // After the click, which follows at once. A press itself takes the focus from a field; only the window's own blur counts.
  addEventListener(type, () => setTimeout(() => (isPressed.value = false)), type !== 'blur');
}
addEventListener('pointerover', ({ target, pointerType }) => {
  if (pointerType !== 'mouse' || !(target instanceof Element)) return;
  heldPart.value = target.closest('[data-hold]')?.getAttribute('data-hold') ?? null;
});
document.documentElement.addEventListener('pointerleave', () => (heldPart.value = null));

/** Whether the page is looked at: visible, and its window has the focus. */
const seen = () => document.visibilityState === 'visible' && document.hasFocus();
export const isSeen = signal(seen());
for (const type of ['focus', 'blur', 'visibilitychange']) {
  addEventListener(type, () => (isSeen.value = seen()), true);
}

const FOLDED = 'chatroom.folded';
/** Folded sections of the sidebar. @type {import('../lib.js').Signal<readonly string[]>} */
export const folded = signal(JSON.parse(localStorage.getItem(FOLDED) ?? '[]'));

/** @param {string} section */
export function fold(section) {
  const others = folded.value.filter((other) => other !== section);
  folded.value = others.length === folded.value.length ? [...others, section] : others;
  localStorage.setItem(FOLDED, JSON.stringify(folded.value));
}
