/** Lists that the server gives in pages, and arrow keys in lists. */
import { t } from '../i18n.js';
import { Component, html, useEffect, useLayoutEffect, useRef, useView } from '../lib.js';
import { errorText } from '../stores/toasts.js';
import { Button } from './button.js';
import { Empty } from './empty.js';
import { Spinner } from './spinner.js';

/** The next page is loaded when the end of the list is this near. */
const MARGIN = '600px';

/**
 * Returns properties for the element around a list. Of its rows, marked by `data-item`, one is in the order of Tab; the arrow keys,
 * Home and End move among them.
 */
export function useArrowKeys() {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
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
    if (at < 0 || next === undefined || !all[next]) return;
    event.preventDefault();
    all[next].focus();
  }
  return { ref: list, onKeyDown, onFocusIn };
}

/**
 * A row, drawn anew only if its item or the function that draws it is another one.
 * @extends {Component<{item: any, row: (item: any) => any}, {}>}
 */
class Row extends Component {
  /** @param {{item: any, row: (item: any) => any}} next */
  shouldComponentUpdate(next) {
    return next.item !== this.props.item || next.row !== this.props.row;
  }

  render() {
    return html`<li>${this.props.row(this.props.item)}</li>`;
  }
}

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
  const arrows = useArrowKeys();
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  const last = useRef(items);
  // Earlier results stay until the first page of another search is there.
  if (items.length || !loading) last.current = items;
  const shown = useOrder(/** @type {any[]} */ (last.current).filter(keep));
  useEffect(() => {
    const element = /** @type {HTMLElement} */ (end.current);
    const near = (/** @type {IntersectionObserverEntry[]} */ [entry]) => {
      if (entry.isIntersecting) view.more();
    };
    const observer = new IntersectionObserver(near, { root: element.closest('.scroll'), rootMargin: MARGIN });
    observer.observe(element);
    return () => observer.disconnect();
  }, [view, items.length, loading]);
  return html`
    <ul class="list plain" aria-label=${label} aria-busy=${loading ? 'true' : undefined} ...${arrows}>
      ${shown.map((item) => html`<${Row} key=${keyOf(item)} item=${item} row=${row} />`)}
    </ul>
    ${error && html`<${Empty} icon="warning" text=${errorText(error)}><${Button} onPress=${view.refresh}>${t('retry')}<//><//>`}
    ${!error && !shown.length && !loading && !hasMore && (empty ?? html`<${Empty} icon="search" text=${t('nothing-found')} />`)}
    <div class="list-end" ref=${end}>${loading && html`<${Spinner} />`}</div>
  `;
}
