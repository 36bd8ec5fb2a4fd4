/**
 * Messages' text as elements. The library only parses: each of its tokens becomes an element here, and no HTML is ever
 * made of what people write, so there is nothing to sanitise.
 */
import { mentionRanges } from '../../chatroom/index.js';
import { BASE } from '../base.js';
import { html, useMemo, useState, useView } from '../lib.js';
import { href } from '../router.js';
import { client } from '../stores/session.js';
import { t } from '../i18n.js';
import { Code } from './lazy.js';
import { tokensOf } from './markdown-tokens.js';
import { Mention } from './names.js';

const LINK = /^(https?:|mailto:)/i;
const ROOM = /(?<![\p{L}\p{N}_&/#])#([a-z0-9][a-z0-9._-]*)/gu;
/** Up to three emoji and nothing else: shown large. */
const ONLY_EMOJI = /^(?:\p{RGI_Emoji}\s*){1,3}$/v;

/**
 * @typedef {object} Context
 * @property {readonly string[]} mentions the names that the server found in the text
 */

/**
 * @param {{text: string, plain?: boolean, mentions?: readonly string[]}} props
 */
export function Markdown({ text, plain = false, mentions = [] }) {
  const tokens = useMemo(() => (plain ? null : tokensOf(text)), [text, plain]);
  if (!tokens) return html`<div class="text plain" dir="auto">${withMentions(text, { mentions })}</div>`;
  if (ONLY_EMOJI.test(text)) return html`<div class="text jumbo">${text}</div>`;
  return html`<div class="text">${blocks(tokens, { mentions })}</div>`;
}

/** @param {readonly any[]} tokens @param {Context} context */
const blocks = (tokens, context) => tokens.map((token) => block(token, context));

/** @param {any} token @param {Context} context @returns {any} */
function block(token, context) {
  switch (token.type) {
    case 'space':
      return null;
    case 'heading':
      return html`<p class="strong" dir="auto">${inline(token.tokens, context)}</p>`;
    case 'code':
      return html`<${Code} text=${token.text} language=${token.lang ?? ''} />`;
    case 'blockquote':
      return html`<blockquote>${blocks(token.tokens, context)}</blockquote>`;
    case 'list': {
      const items = token.items.map((/** @type {any} */ item) => html`<li>${blocks(item.tokens, context)}</li>`);
      return token.ordered ? html`<ol start=${token.start || 1}>${items}</ol>` : html`<ul>${items}</ul>`;
    }
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'hr':
      return html`<hr />`;
    case 'table':
      return html`
        <div class="table">
          <table>
            <thead>
              <tr>${token.header.map((/** @type {any} */ cell) => html`<th>${inline(cell.tokens, context)}</th>`)}</tr>
            </thead>
            <tbody>
              ${token.rows.map((/** @type {any[]} */ row) => html`<tr>${row.map((cell) => html`<td>${inline(cell.tokens, context)}</td>`)}</tr>`)}
            </tbody>
          </table>
        </div>
      `;
    case 'paragraph':
      return html`<p dir="auto">${inline(token.tokens, context)}</p>`;
    case 'text':
      return token.tokens ? inline(token.tokens, context) : withMentions(token.text, context);
    default:
      return html`<p dir="auto" class="raw">${withMentions(token.raw, context)}</p>`; // HTML, link definitions: shown as written
  }
}

/** @param {readonly any[]} tokens @param {Context} context */
const inline = (tokens, context) => tokens.map((token) => part(token, context));

/** @param {any} token @param {Context} context @returns {any} */
function part(token, context) {
  switch (token.type) {
    case 'strong':
      return html`<strong>${inline(token.tokens, context)}</strong>`;
    case 'em':
      return html`<em>${inline(token.tokens, context)}</em>`;
    case 'del':
      return html`<del>${inline(token.tokens, context)}</del>`;
    case 'spoiler':
      return html`<${Spoiler}>${inline(token.tokens, context)}<//>`;
    case 'codespan':
      return html`<code>${token.text}</code>`;
    case 'br':
      return html`<br />`;
    case 'link':
    case 'image': // pictures come only from ourselves: this one stays a link
      return link(token.href, token.type === 'link' ? inline(token.tokens, context) : token.text || token.href);
    case 'text':
      return token.tokens ? inline(token.tokens, context) : withMentions(token.text, context);
    case 'escape':
      return token.text;
    default:
      return withMentions(token.raw, context);
  }
}

/** A link; one to a place of this page stays in it. @param {string} target @param {any} content */
function link(target, content) {
  if (!LINK.test(target)) return content;
  const page = `${BASE}/`;
  if (target.startsWith(`${page}#/`)) return html`<a href=${target.slice(page.length)}>${content}</a>`;
  return html`<a href=${target} target="_blank" rel="noopener noreferrer nofollow" dir="auto">${content}</a>`;
}

/** @param {{children: any}} props */
function Spoiler({ children }) {
  const [open, setOpen] = useState(false);
  if (open) return html`<span class="spoiler open">${children}</span>`;
  const show = () => setOpen(true);
  return html`<button type="button" class="spoiler" aria-label=${t('spoiler')} onClick=${show}><span>${children}</span></button>`;
}

/** Makes chips of names and links of rooms. @param {string} text @param {Context} context */
function withMentions(text, { mentions }) {
  const ranges = mentions.length ? mentionRanges(text, (name) => mentions.includes(name)) : [];
  const pieces = [];
  let at = 0;
  for (const { start, end, name } of ranges) {
    pieces.push(withRooms(text.slice(at, start)), html`<${Mention} name=${name} />`);
    at = end;
  }
  return [...pieces, withRooms(text.slice(at))];
}

/** @param {string} text */
function withRooms(text) {
  if (!text.includes('#')) return text;
  return text.split(ROOM).map((piece, index) => (index % 2 ? html`<${RoomLink} name=${piece} />` : piece));
}

/** A room in a text: a link if it is one of mine. @param {{name: string}} props */
function RoomLink({ name }) {
  const { inbox } = client();
  useView(inbox);
  const word = inbox.entry(name) ? name : name.replace(/[._-]+$/, '');
  const entry = inbox.entry(word);
  if (!entry) return `#${name}`;
  return html`<a class="mention" href=${href({ view: 'room', room: word })} title=${`#${word}`}>#${entry.title || word}</a>${name.slice(word.length)}`;
}
