/** Choosing an emoji: the recent ones, all by group, and a search. Only the rows in sight are drawn. */
import { closeFloating } from '../components/menu.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { cx, html, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from '../lib.js';
import { allEmoji, chooseTone, findEmoji, loadEmoji, recentEmoji, skinTone, toned, usedEmoji } from '../stores/emoji.js';

const COLUMNS = 8;
const CELL_PX = 36;
const HEADING_PX = 28;
/** Rows so far outside the visible part are drawn. */
const MARGIN_PX = 108;
const MAX_FOUND = 120;
const HEIGHT_PX = 288;
/** Groups of the data, in its order, each with a sign. */
const GROUPS = [
  { id: 0, sign: '😀' },
  { id: 1, sign: '👋' },
  { id: 3, sign: '🌿' },
  { id: 4, sign: '🍎' },
  { id: 5, sign: '🚗' },
  { id: 6, sign: '⚽' },
  { id: 7, sign: '💡' },
  { id: 8, sign: '✅' },
  { id: 9, sign: '🏁' },
];
const TONES = ['✋', '✋🏻', '✋🏼', '✋🏽', '✋🏾', '✋🏿'];

/** @typedef {{emoji: string, name: string}} Cell */
/** @typedef {{top: number, heading?: string, cells?: Cell[], first: number}} Row `first` is the index of its first cell */

/**
 * @param {string} query
 * @returns {{id: string, cells: Cell[]}[]}
 */
function sectionsOf(query) {
  const cell = (/** @type {import('../stores/emoji.js').Emoji} */ each) => ({ emoji: toned(each), name: each.annotation });
  if (query) return [{ id: 'found', cells: findEmoji(query, MAX_FOUND).map(cell) }];
  const names = new Map(allEmoji.value.flatMap((each) => [each, ...(each.skins ?? [])].map(({ emoji }) => [emoji, each.annotation])));
  const recent = recentEmoji.value.map((emoji) => ({ emoji, name: names.get(emoji) ?? emoji }));
  const groups = GROUPS.map(({ id }) => ({ id: String(id), cells: allEmoji.value.filter(({ group }) => group === id).map(cell) }));
  return [{ id: 'recent', cells: recent }, ...groups];
}

/** @param {ReturnType<typeof sectionsOf>} sections */
function rowsOf(sections) {
  /** @type {Row[]} */
  const rows = [];
  let [top, first] = [0, 0];
  for (const { id, cells } of sections) {
    if (!cells.length) continue;
    rows.push({ top, heading: id, first });
    top += HEADING_PX;
    for (let at = 0; at < cells.length; at += COLUMNS, top += CELL_PX) {
      const shown = cells.slice(at, at + COLUMNS);
      rows.push({ top, cells: shown, first });
      first += shown.length;
    }
  }
  return { rows, height: top, count: first };
}

/** @param {{onPick: (emoji: string) => void}} props */
export function EmojiPicker({ onPick }) {
  useEffect(loadEmoji, []);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), []); // the menu may have been placed before it was loaded
  const id = useId();
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const [scrollTop, setScrollTop] = useState(0);
  const all = allEmoji.value;
  const tone = skinTone.value;
  const recent = useMemo(() => recentEmoji.peek(), []); // they stay in place while the picker is open
  const { rows, height, count } = useMemo(() => rowsOf(sectionsOf(query)), [query, all, tone, recent]);
  const lines = rows.filter(({ cells }) => cells);
  const place = lines.findIndex(({ first, cells }) => active >= first && active < first + (cells?.length ?? 0));

  function pick(/** @type {string} */ emoji) {
    usedEmoji(emoji);
    closeFloating();
    onPick(emoji);
  }
  function moveTo(/** @type {number} */ index) {
    const to = Math.max(Math.min(index, count - 1), 0);
    const row = lines.find(({ first, cells }) => to >= first && to < first + (cells?.length ?? 0));
    setActive(to);
    if (row && scroller.current) {
      const { scrollTop: top, clientHeight } = scroller.current;
      if (row.top < top + HEADING_PX) scroller.current.scrollTop = row.top - HEADING_PX;
      else if (row.top + CELL_PX > top + clientHeight) scroller.current.scrollTop = row.top + CELL_PX - clientHeight;
    }
  }
  function moveBy(/** @type {number} */ step) {
    const [line, next] = [lines[place], lines[place + step]];
    if (line && next?.cells) moveTo(next.first + Math.min(active - line.first, next.cells.length - 1));
  }
  function key(/** @type {KeyboardEvent} */ event) {
    const forward = document.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') moveBy(event.key === 'ArrowDown' ? 1 : -1);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') moveTo(active + (event.key === forward ? 1 : -1));
    else if (event.key === 'Enter') {
      const cell = lines[place]?.cells?.[active - lines[place].first];
      if (cell) pick(cell.emoji);
    } else return;
    event.preventDefault();
  }
  function search(/** @type {string} */ text) {
    setQuery(text);
    setActive(0);
    if (scroller.current) scroller.current.scrollTop = 0;
  }
  const inSight = rows.filter(({ top }) => top > scrollTop - MARGIN_PX - CELL_PX && top < scrollTop + HEIGHT_PX + MARGIN_PX);
  const current = rows.findLast(({ heading, top }) => heading && top <= scrollTop + 1)?.heading;
  const jump = (/** @type {string} */ section) => {
    const row = rows.find(({ heading }) => heading === section);
    if (row && scroller.current) scroller.current.scrollTop = row.top;
    if (row) setActive(row.first);
  };
  const tab = (/** @type {string} */ section, /** @type {string} */ sign) => html`
    <button type="button" class=${cx('emoji-tab', current === section && 'here')} title=${t(`emoji-group-${section}`)} aria-label=${t(`emoji-group-${section}`)} onClick=${() => jump(section)}>
      ${sign}
    </button>
  `;
  return html`
    <div class="emoji-picker">
      <input
        ref=${field}
        class="input"
        type="search"
        role="combobox"
        aria-expanded="true"
        aria-controls=${id}
        aria-activedescendant=${place >= 0 ? `${id}-${active}` : undefined}
        placeholder=${t('search-emoji')}
        aria-label=${t('search-emoji')}
        value=${query}
        onInput=${(/** @type {any} */ event) => search(event.target.value)}
        onKeyDown=${key}
      />
      ${!query && html`<div class="emoji-tabs" role="group" aria-label=${t('emoji-groups')}>${tab('recent', '🕘')}${GROUPS.map(({ id: group, sign }) => tab(String(group), sign))}</div>`}
      <div ref=${scroller} class="emoji-scroll" tabindex="0" onScroll=${(/** @type {any} */ event) => setScrollTop(event.target.scrollTop)}>
        ${!all.length
          ? html`<div class="centered"><${Spinner} /></div>`
          : !count
            ? html`<p class="centered meta" role="status">${t('nothing-found')}</p>`
            : html`
                <div id=${id} class="emoji-grid" role="grid" aria-label=${t('emoji')} aria-rowcount=${lines.length} style=${{ height: `${height}px` }}>
                  ${inSight.map(({ top, heading, cells, first }) =>
                    heading
                      ? html`<div key=${`heading ${heading}`} class="emoji-heading meta" role="presentation" style=${{ top: `${top}px` }}>${t(`emoji-group-${heading}`)}</div>`
                      : html`
                          <div key=${first} class="emoji-row" role="row" aria-rowindex=${lines.findIndex((line) => line.first === first) + 1} style=${{ top: `${top}px` }}>
                            ${cells?.map(
                              ({ emoji, name }, index) => html`
                                <div
                                  key=${emoji}
                                  id=${`${id}-${first + index}`}
                                  role="gridcell"
                                  class=${cx('emoji-cell', first + index === active && 'active')}
                                  aria-selected=${String(first + index === active)}
                                  aria-label=${name}
                                  title=${name}
                                  onPointerMove=${() => setActive(first + index)}
                                  onClick=${() => pick(emoji)}
                                >
                                  ${emoji}
                                </div>
                              `,
                            )}
                          </div>
                        `,
                  )}
                </div>
              `}
      </div>
      <div class="emoji-tones" role="group" aria-label=${t('skin-tone')}>
        ${TONES.map(
          (sign, each) => html`
            <button key=${each} type="button" class=${cx('emoji-tab', tone === each && 'here')} aria-pressed=${String(tone === each)} aria-label=${t(`skin-tone-${each}`)} title=${t(`skin-tone-${each}`)} onClick=${() => chooseTone(each)}>
              ${sign}
            </button>
          `,
        )}
      </div>
    </div>
  `;
}
