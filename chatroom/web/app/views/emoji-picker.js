/** Choosing an emoji: the recent ones, and all by group and name. */
import { t } from '../i18n.js';
import { html, signal, useState } from '../lib.js';
import { language } from '../i18n.js';
import { closeFloating } from '../components/menu.js';
import { recentEmoji, usedEmoji } from '../stores/emoji.js';

/** @typedef {{emoji: string, annotation: string, tags?: string[], shortcodes?: string[], group?: number}} Emoji */

/** All emoji with names in the page's language; empty until they are loaded. @type {import('../lib.js').Signal<readonly Emoji[]>} */
export const allEmoji = signal([]);
let loaded = '';

/** Loads the names of the emoji in the page's language, once. */
export function loadEmoji() {
  const tag = language.value;
  if (loaded === tag) return;
  loaded = tag;
  fetch(new URL(`../../vendor/emoji/${tag}.json`, import.meta.url))
    .then((answer) => answer.json())
    .then((all) => (allEmoji.value = all), console.error);
}

/** Returns the emoji of which a name begins with the query. @param {string} query @param {number} limit */
export function findEmoji(query, limit) {
  const wanted = query.toLowerCase();
  const fits = (/** @type {string} */ name) => name.toLowerCase().startsWith(wanted);
  const byCode = allEmoji.value.filter(({ shortcodes }) => shortcodes?.some(fits));
  const byName = allEmoji.value.filter(({ annotation, tags = [] }) => [...annotation.split(' '), annotation, ...tags].some(fits));
  return [...new Set([...byCode, ...byName])].slice(0, limit);
}

/** @param {{onPick: (emoji: string) => void}} props */
export function EmojiPicker({ onPick }) {
  loadEmoji();
  const [query, setQuery] = useState('');
  const found = query ? findEmoji(query, 120) : allEmoji.value;
  const pick = (/** @type {string} */ emoji) => {
    usedEmoji(emoji);
    closeFloating();
    onPick(emoji);
  };
  const cell = (/** @type {string} */ emoji, /** @type {string} */ name) =>
    html`<button key=${emoji} type="button" class="emoji-cell" title=${name} aria-label=${name || emoji} onClick=${() => pick(emoji)}>${emoji}</button>`;
  return html`
    <div class="emoji-picker">
      <input
        class="input"
        type="search"
        autofocus
        placeholder=${t('search-emoji')}
        aria-label=${t('search-emoji')}
        value=${query}
        onInput=${(/** @type {any} */ event) => setQuery(event.target.value)}
      />
      <div class="emoji-scroll">
        ${!query && html`<div class="emoji-grid" aria-label=${t('recent')}>${recentEmoji.value.map((emoji) => cell(emoji, ''))}</div>`}
        <div class="emoji-grid">${found.map(({ emoji, annotation }) => cell(emoji, annotation))}</div>
        ${query && !found.length && html`<p class="meta">${t('nothing-found')}</p>`}
      </div>
    </div>
  `;
}
