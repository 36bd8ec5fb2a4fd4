/** Lists that the server gives in pages, and arrow keys in lists. */
import { t } from '../i18n.js';
import { Component, html, sameProps, useEffect, useLayoutEffect, useRef, useView } from '../lib.js';
import { errorText } from '../stores/toasts.js';
import { Button } from './button.js';
import { Empty } from './empty.js';
import { Spinner } from './spinner.js';
import { useWindow } from './window.js';

/** The next page is loaded when the end of the list is this near. */
const MARGIN = '600px';

/**
 * Returns properties for the element around a list. Of its rows, marked by `data-item`, one is in the order of Tab; the arrow keys,
 * Home and End move among them.
 * @param {{current: HTMLElement | null}} list
 * @param {(isEnd: boolean) => boolean} [jump] called for Home and End; returns whether it has moved the focus
 */
export function useArrowKeys(list, jump = () => false) {
  const items = () => /** @type {HTMLElement[]} */ ([...(list.current?.querySelectorAll('[data-item]') ?? [])]);
  useLayoutEffect(() => {
    for (const item of items()) if (!item.hasAttribute('tabindex')) item.tabIndex = -1;
    const [first] = items();
    if (first && !list.current?.querySelector('[data-item][tabindex="0"]')) first.tabIndex = 0;
  });
  function onFocusIn(/** @type {FocusEvent} */ { target }) {
    const item = target instanceof HTMLElement && target.closest('[data-item]');
    if (!(item instanceof HTMLElement) || item.tabIndex === 0) return;
    for (const other of items()) other.tabIndex = other === item ? 0 : -1;
  }
  function onKeyDown(/** @type {KeyboardEvent} */ event) {
    const all = items();
    const at = all.findIndex((item) => item.contains(document.activeElement));
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    const isInList = at >= 0 || document.activeElement === list.current;
    if (!isInList || next === undefined) return;
    event.preventDefault();
    if ((event.key === 'Home' || event.key === 'End') && jump(event.key === 'End')) return;
    // The list has the focus of a row that is not drawn any more.
    const target = at >= 0 ? all[next] : all.find((item) => item.getBoundingClientRect().top >= seenFrom(item));
    target?.focus();
  }
  return { ref: list, onKeyDown, onFocusIn };
}

/** @param {Element} item */
const seenFrom = (item) => item.closest('.scroll')?.getBoundingClientRect().top ?? 0;

/**
 * @typedef {object} RowProps
 * @property {any} item
 * @property {(item: any) => any} row
 * @property {number} place from 1
 * @property {number} count of all rows, -1 if it is not known
 */
/**
 * A row, drawn anew only if its item, its place or the function that draws it is another one.
 * @extends {Component<RowProps, {}>}
 */
class Row extends Component {
  /** @param {RowProps} next */
  shouldComponentUpdate(next) {
    return !sameProps(/** @type {any} */ (this.props), /** @type {any} */ (next));
  }

  render(/** @type {RowProps} */ { item, row, place, count }) {
    return html`<li data-row aria-posinset=${place} aria-setsize=${count}>${row(item)}</li>`;
  }
}

/** In place of rows that are not drawn. @param {{height: number}} props */
const Spacer = ({ height }) => html`<li aria-hidden="true" style=${{ blockSize: `${height}px` }}></li>`;

/**
 * @param {object} props
 * @param {any} props.view a list of the client, the same object as long as it is the same list
 * @param {string} props.label
 * @param {(item: any) => any} props.row an element with a `data-item`; for long lists the same function each time
 * @param {(item: any) => string | number} props.keyOf
 * @param {(item: any) => boolean} [props.keep] which items are shown
 * @param {(items: readonly any[]) => readonly any[]} [props.useOrder] a hook that orders the items
 * @param {any} [props.empty] shown if there are none
 */
export function PagedList({ view, label, row, keyOf, keep = () => true, useOrder = (items) => items, empty }) {
  const { items, hasMore, loading, error } = useView(view);
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  const last = useRef(items);
  // Earlier results stay until the first page of another search is there.
  if (items.length || !loading) last.current = items;
  const shown = useOrder(/** @type {any[]} */ (last.current).filter(keep));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const drawn = useWindow(list, shown.map(keyOf));
  const isWhole = drawn.end - drawn.first === shown.length;
  const arrows = useArrowKeys(list, (isEnd) => {
    if (!isWhole) drawn.focusRow(isEnd ? shown.length - 1 : 0);
    return !isWhole;
  });
  const count = hasMore ? -1 : shown.length;
  useEffect(() => {
    const element = /** @type {HTMLElement} */ (end.current);
    const near = (/** @type {IntersectionObserverEntry[]} */ entries) => {
      if (entries.at(-1)?.isIntersecting) view.more(); // as it is now; while the page is busy, several are told at once
    };
    const observer = new IntersectionObserver(near, { root: element.closest('.scroll'), rootMargin: MARGIN });
    observer.observe(element);
    return () => observer.disconnect();
  }, [view, items.length, loading]);
  return html`
    <ul class="list plain" tabindex="-1" aria-label=${label} aria-busy=${loading ? 'true' : undefined} ...${arrows}>
      ${drawn.before > 0 && html`<${Spacer} key=" before" height=${drawn.before} />`}
      ${shown.slice(drawn.first, drawn.end).map((item, index) => html`<${Row} key=${keyOf(item)} item=${item} row=${row} place=${drawn.first + index + 1} count=${count} />`)}
      ${drawn.after > 0 && html`<${Spacer} key=" after" height=${drawn.after} />`}
    </ul>
    ${error && html`<${Empty} icon="warning" text=${errorText(error)}><${Button} onPress=${view.refresh}>${t('retry')}<//><//>`}
    ${!error && !shown.length && !loading && !hasMore && (empty ?? html`<${Empty} icon="search" text=${t('nothing-found')} />`)}
    <div class="list-end" ref=${end}>${loading && html`<${Spinner} />`}</div>
  `;
}
