/** What this device shows how: theme and language. Kept in the browser, the same for every account. */
import { PSEUDO, LANGUAGES, bestLanguage, useLanguage } from '../i18n.js';
import { effect, signal } from '../lib.js';

const KEY = 'chatroom.preferences';

/**
 * @typedef {object} Preferences
 * @property {'system' | 'light' | 'dark'} theme
 * @property {string} language '' follows the browser
 * @property {boolean} sendsWithEnter
 */
/** @type {Preferences} */
const DEFAULTS = { theme: 'system', language: '', sendsWithEnter: true };

/** @returns {Preferences} */
function load() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return DEFAULTS;
  }
}

export const preferences = signal(load());

/** @param {Partial<Preferences>} changes */
export function prefer(changes) {
  preferences.value = { ...preferences.value, ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    // The browser keeps nothing here. The choice lasts until the page is closed.
  }
}

/** Applies the preferences, now and whenever they change. Returns when the texts are loaded. */
export async function applyPreferences() {
  effect(() => {
    const { theme } = preferences.value;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  });
  const wanted = () => {
    const { language } = preferences.value;
    return language in LANGUAGES || language === PSEUDO ? language : bestLanguage(navigator.languages);
  };
  let loaded = wanted();
  await useLanguage(loaded);
  effect(() => {
    const tag = wanted();
    if (tag !== loaded) useLanguage(tag).catch(console.error);
    loaded = tag;
  });
}
