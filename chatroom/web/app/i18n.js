/** Texts from the catalogues in locales/, and dates and numbers in the reader's language. */
import { FluentBundle, FluentResource } from '../vendor/fluent/index.js';
import { signal } from './lib.js';

/** Languages with a complete catalogue, by their own names. */
export const LANGUAGES = { en: 'English', zh: '中文' };
/** A made-up language: long words, right to left. It shows what a translation may break. */
export const PSEUDO = 'qps';

/** @type {import('./lib.js').Signal<FluentBundle>} */
const bundle = signal(new FluentBundle('en'));
export const language = signal('en');

/** @param {string} text */
const exaggerate = (text) =>
  text.replace(/[a-zA-Z]/g, (letter) => (/[aeiouAEIOU]/.test(letter) ? letter + letter : letter)).replace(/^(.*\S)/s, '⟦$1⟧');

/**
 * Returns the language that fits the reader best.
 * @param {readonly string[]} wanted
 */
export function bestLanguage(wanted) {
  const known = wanted.map((tag) => tag.split('-')[0]);
  return known.find((tag) => tag in LANGUAGES) ?? 'en';
}

/**
 * Loads a catalogue, and draws the page in its language.
 * @param {string} tag
 */
export async function useLanguage(tag) {
  const pseudo = tag === PSEUDO;
  const answer = await fetch(new URL(`./locales/${pseudo ? 'en' : tag}.ftl`, import.meta.url));
  const made = new FluentBundle(pseudo ? 'en' : tag, {
    useIsolating: pseudo, // names keep their direction in a text of the other one
    ...(pseudo && { transform: exaggerate }),
  });
  for (const error of made.addResource(new FluentResource(await answer.text()))) throw error;
  bundle.value = made;
  language.value = pseudo ? 'en' : tag;
  document.documentElement.lang = language.value;
  document.documentElement.dir = pseudo ? 'rtl' : 'ltr';
}

/**
 * Returns the text with this id. `name.attribute` is an attribute of a message.
 * @param {string} id
 * @param {Record<string, string | number | import('../vendor/fluent/index.js').FluentDateTime>} [args]
 */
export function t(id, args) {
  const [name, attribute] = id.split('.');
  const message = bundle.value.getMessage(name);
  const pattern = attribute ? message?.attributes[attribute] : message?.value;
  if (!pattern) return id;
  return bundle.value.formatPattern(pattern, /** @type {any} */ (args));
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} name @param {Intl.DateTimeFormatOptions} options @param {number} timestamp */
function format(name, options, timestamp) {
  const key = `${language.value} ${name}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language.value, options));
  return /** @type {Intl.DateTimeFormat} */ (formats.get(key)).format(timestamp);
}

/** @param {number} timestamp */
export const timeOfDay = (timestamp) => format('time', { hour: 'numeric', minute: '2-digit' }, timestamp);
/** @param {number} timestamp */
export const dateAndTime = (timestamp) => format('full', { dateStyle: 'full', timeStyle: 'short' }, timestamp);
/** @param {number} timestamp */
export const shortDate = (timestamp) => format('short', { day: 'numeric', month: 'short', year: 'numeric' }, timestamp);

/** @param {number} timestamp */
export const dayStart = (timestamp) => new Date(timestamp).setHours(0, 0, 0, 0);

/**
 * Returns "Today", "Yesterday", or a date.
 * @param {number} timestamp
 */
export function day(timestamp) {
  const days = Math.round((dayStart(Date.now()) - dayStart(timestamp)) / 86_400_000);
  if (days === 0) return t('today');
  if (days === 1) return t('yesterday');
  const thisYear = new Date(timestamp).getFullYear() === new Date().getFullYear();
  if (thisYear) return format('day', { weekday: 'long', day: 'numeric', month: 'long' }, timestamp);
  return format('year', { day: 'numeric', month: 'long', year: 'numeric' }, timestamp);
}

/** Returns the time of today, else the day. @param {number} timestamp */
export const when = (timestamp) => (dayStart(timestamp) === dayStart(Date.now()) ? timeOfDay(timestamp) : shortDate(timestamp));

/** @param {number} bytes */
export function size(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const style = { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: step > 1 ? 1 : 0 };
  return new Intl.NumberFormat(language.value, /** @type {Intl.NumberFormatOptions} */ (style)).format(bytes / 1000 ** step);
}

/** Returns names as a list in words. @param {readonly string[]} names */
export const listed = (names) => new Intl.ListFormat(language.value, { type: 'conjunction' }).format(names);
