/** All emoji with their names in the page's language, those used last on this device, and the skin tone chosen on it. */
import { language } from '../i18n.js';
import { signal } from '../lib.js';

const KEY = 'chatroom.emoji';
const TONE_KEY = 'chatroom.tone';
const MAX_RECENT = 24;
const FIRST = ['👍', '❤️', '😄', '🎉', '👀', '🙏'];
/** Fonts of many devices lack later ones. */
const MAX_VERSION = 15.1;
/** Parts of other emoji, such as skin tones. */
const COMPONENTS = 2;

/** @typedef {{emoji: string, annotation: string, tags?: string[], shortcodes?: string[], group: number, version: number, skins?: {emoji: string, tone: number | number[]}[]}} Emoji */

/** @param {string} key @param {any} otherwise */
function load(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} key @param {unknown} value */
function keep(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The browser keeps nothing here.
  }
}

/** @type {import('../lib.js').Signal<readonly string[]>} */
export const recentEmoji = signal(load(KEY, FIRST));

/** @param {string} emoji */
export function usedEmoji(emoji) {
  recentEmoji.value = [emoji, ...recentEmoji.value.filter((other) => other !== emoji)].slice(0, MAX_RECENT);
  keep(KEY, recentEmoji.value);
}

/** The skin tone, from 1 (light) to 5 (dark); 0 for none. */
export const skinTone = signal(/** @type {number} */ (load(TONE_KEY, 0)));

/** @param {number} tone */
export function chooseTone(tone) {
  skinTone.value = tone;
  keep(TONE_KEY, tone);
}

/** Returns an emoji in the chosen skin tone, if it has tones. @param {Emoji} emoji */
export const toned = ({ emoji, skins }) => skins?.find(({ tone }) => tone === skinTone.value)?.emoji ?? emoji;

/** Empty until they are loaded. @type {import('../lib.js').Signal<readonly Emoji[]>} */
export const allEmoji = signal([]);
let loaded = '';

/** Loads the emoji with their names in the page's language, once. */
export function loadEmoji() {
  const tag = language.peek();
  if (loaded === tag) return;
  loaded = tag;
  const get = async (/** @type {string} */ name) => (await fetch(new URL(`../../vendor/emoji/${name}.json`, import.meta.url))).json();
  Promise.all([get(tag), tag === 'en' ? [] : get('en')]).then(([named, english]) => {
    // Short codes are English words everywhere.
    const codes = new Map(english.map((/** @type {Emoji} */ each) => [each.emoji, each.shortcodes]));
    const shown = named.filter((/** @type {Emoji} */ { group, version }) => group !== COMPONENTS && version <= MAX_VERSION);
    allEmoji.value = shown.map((/** @type {Emoji} */ each) => ({ ...each, shortcodes: codes.get(each.emoji) ?? each.shortcodes }));
  }).catch((error) => {
    loaded = '';
    console.error(error);
  });
}

/**
 * Returns the emoji of which a name begins with the query; those whose short code does come first.
 * @param {string} query
 * @param {number} limit
 */
export function findEmoji(query, limit) {
  const wanted = query.toLowerCase().trim();
  /** @type {Emoji[][]} */
  const found = [[], [], [], []];
  for (const each of allEmoji.value) {
    const { shortcodes = [], annotation, tags = [] } = each;
    const names = [annotation, ...annotation.split(' ')];
    if (shortcodes.includes(wanted)) found[0].push(each);
    else if (shortcodes.some((code) => code.startsWith(wanted))) found[1].push(each);
    else if (names.some((name) => name.toLowerCase().startsWith(wanted))) found[2].push(each);
    else if (tags.some((tag) => tag.toLowerCase().startsWith(wanted))) found[3].push(each);
  }
  return found.flat().slice(0, limit);
}
