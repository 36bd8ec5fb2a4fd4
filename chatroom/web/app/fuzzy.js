/** How well a name fits what somebody types: letters in order, better at the beginning of the name or of a word. */

/** Returns a text without case and accents. @param {string} text */
export const fold = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * Returns a score, higher for a better fit, or 0 for none.
 * @param {string} query folded
 * @param {string} text folded
 */
export function fits(query, text) {
  if (!query) return 1;
  const at = text.indexOf(query);
  if (at === 0) return text.length === query.length ? 5 : 4;
  if (at > 0) return /[^\p{L}\p{N}]/u.test(text[at - 1]) ? 3 : 2;
  let from = 0;
  for (const letter of query) {
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return 0;
  }
  return 1;
}
