/** Further words after an `@` mention nobody. */
const MAX_MENTIONS = 50;
const MAX_NAME_CHARS = 64;
// No character of a name may precede the @: `a@bob` is an address, not a mention.
const MENTION = /(?<![a-z0-9._-])@([a-z0-9][a-z0-9._-]*)/g;

/**
 * Finds mentions, as the server does. Of a word that ends in `.`, `_` or `-` the whole is meant if it is somebody's
 * name, else what is before all of these signs.
 * @param {string} text
 * @param {(name: string) => boolean} isMember also asked for `room`, which is everyone
 * @returns {{ start: number, end: number, name: string }[]} with the `@`, in UTF-16 units
 */
export function mentionRanges(text, isMember) {
  const words = new Set();
  const found = [];
  for (const { 1: word, index } of text.matchAll(MENTION)) {
    if (words.size === MAX_MENTIONS && !words.has(word)) break;
    words.add(word);
    const names = [word, word.replace(/[._-]+$/, '')].filter((name) => name.length <= MAX_NAME_CHARS);
    const name = names.find(isMember);
    if (name) found.push({ start: index, end: index + 1 + name.length, name });
  }
  return found;
}

/**
 * Converts ranges of a text from code points, as the server counts, to UTF-16 units.
 * @param {string} text
 * @param {readonly { start: number, end: number }[]} ranges
 * @returns {{ start: number, end: number }[]}
 */
export function utf16Ranges(text, ranges) {
  const units = [0];
  for (const point of text) units.push(units[units.length - 1] + point.length);
  const at = (/** @type {number} */ point) => units[Math.min(point, units.length - 1)];
  return ranges.map(({ start, end }) => ({ start: at(start), end: at(end) }));
}
