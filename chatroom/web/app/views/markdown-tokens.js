/** Parses messages' text. It depends on the parser alone, and refuses what would take the parser long. */
import { Marked } from '../../vendor/marked/marked.esm.js';

/** Hidden until it is pressed: `||text||`. */
const spoiler = {
  name: 'spoiler',
  level: /** @type {const} */ ('inline'),
  start: (/** @type {string} */ text) => text.indexOf('||'),
  /** @this {any} @param {string} text */
  tokenizer(text) {
    const found = /^\|\|(?=\S)([\s\S]*?\S)\|\|/.exec(text);
    return found ? { type: 'spoiler', raw: found[0], tokens: this.lexer.inlineTokens(found[1]) } : undefined;
  },
};
const parser = new Marked({ gfm: true, breaks: true, extensions: [spoiler] });
/** The parser's time grows with the square of some signs and of lines, and with the depth of nesting. */
const MAX_SIGNS = 300;
const MAX_ITEMS = 200;
const MAX_LINES = 500;
const MAX_DEPTH = 12;
const FENCE = /^(?:```|~~~)/;
const SIGN = /[*_~`[\]<>|\\@]|www\.|:\/\//g;
const ITEM = /^[\t ]*(?:[-+*>]|\d+[.)])/gm;
const NESTED = /(?:^|\n)(?:[\t ]*(?:[-+*>]|\d{1,9}[.)])){12}/;

/**
 * Returns the tokens of a text, or null if it is to be shown as it was written: little but signs, very many lines, or nested
 * deeply.
 * @param {string} text
 * @returns {readonly any[] | null}
 */
export function tokensOf(text) {
  const rest = outsideFences(text);
  const tooMuch =
    count(rest, SIGN) > MAX_SIGNS || count(rest, ITEM) > MAX_ITEMS || count(rest, /\n/g) > MAX_LINES || NESTED.test(rest);
  if (tooMuch) return null;
  const tokens = parser.lexer(text);
  return depth(tokens) > MAX_DEPTH ? null : tokens;
}

/** Returns a text without its blocks of code, in which signs mean nothing. @param {string} text */
function outsideFences(text) {
  if (!text.includes('```') && !text.includes('~~~')) return text;
  const lines = text.split('\n');
  const fences = lines.map((line) => FENCE.test(line));
  let inside = false;
  return lines
    .filter((_, at) => {
      if (fences[at]) inside = !inside;
      return !inside && !fences[at];
    })
    .join('\n');
}

/** @param {string} text @param {RegExp} pattern */
const count = (text, pattern) => text.match(pattern)?.length ?? 0;

/** @param {readonly any[]} tokens @returns {number} */
const depth = (tokens) => 1 + Math.max(0, ...tokens.map((token) => depth(token.tokens ?? token.items ?? [])));

/** What a spoiler hides, in one line of text. */
const HIDDEN = '▒▒▒';

/** @param {any} token @returns {string} */
function words({ type, tokens, items, header, rows, text = '', raw }) {
  if (type === 'spoiler') return HIDDEN;
  if (type === 'br' || type === 'space') return ' ';
  if (type === 'checkbox' || type === 'hr') return '';
  if (items) return items.map(words).join(' ');
  if (rows) return [header, ...rows].flat().map(words).join(' ');
  if (tokens) return tokens.map(words).join('');
  return text || raw;
}

/**
 * Returns a text without markup, for previews and screen readers.
 * @param {string} text
 */
export function plainText(text) {
  const tokens = tokensOf(text);
  return tokens ? tokens.map(words).join(' ').replace(/\s+/g, ' ').trim() : text;
}
