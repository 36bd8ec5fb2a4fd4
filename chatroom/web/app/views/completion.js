/** Completion of @names, #rooms, :emoji: and /commands in a text field: a listbox that the arrow keys move in. */
import { Avatar } from '../components/avatar.js';
import { Icon } from '../components/icon.js';
import { t } from '../i18n.js';
import { html, useEffect, useId, useRef, useState } from '../lib.js';
import { failed } from '../stores/toasts.js';
import { suggestions } from './lazy.js';
import { insert } from './text-field.js';

/** Pause in typing after which the server is asked. */
const ASK_MS = 150;

/** @typedef {{kind: '@' | '#' | ':' | '/', query: string, start: number}} Word `start` is the place of the sign */
/**
 * @typedef {object} Completion
 * @property {string} id of the listbox
 * @property {readonly import('../stores/suggestions.js').Suggestion[]} items
 * @property {number} at the chosen one
 * @property {string} label
 * @property {(index: number) => void} choose
 * @property {(index: number) => void} point
 * @property {(event: KeyboardEvent) => boolean} key returns whether the event was handled
 * @property {Record<string, unknown>} aria properties of the field
 */

const MIN_EMOJI_CHARS = 2;
const WORD = /(?<![\p{L}\p{N}@#:/._-])([@#:])([\p{L}\p{N}._+-]*)$/u;
const COMMAND = /^\/([a-z]*)$/;

/**
 * Returns the word before the caret that can be completed.
 * @param {string} text before the caret
 * @returns {Word | null}
 */
function wordAt(text) {
  const command = COMMAND.exec(text);
  if (command) return { kind: '/', query: command[1], start: 0 };
  const found = WORD.exec(text);
  if (!found) return null;
  const [, sign, query] = found;
  if (sign === ':' && query.length < MIN_EMOJI_CHARS) return null;
  return { kind: /** @type {Word['kind']} */ (sign), query, start: found.index };
}

/**
 * @param {{current: HTMLTextAreaElement | null}} field
 * @param {string} room
 * @returns {Completion}
 */
export function useCompletion(field, room) {
  const id = useId();
  const [word, setWord] = useState(/** @type {Word | null} */ (null));
  const [at, setAt] = useState(0);
  const [, again] = useState({});
  const closedAt = useRef(/** @type {number | null} */ (null)); // the start of the word at which Escape was pressed
  useEffect(() => {
    const element = /** @type {HTMLTextAreaElement} */ (field.current);
    const look = () => {
      const { selectionStart, selectionEnd, value } = element;
      const found = document.activeElement === element && selectionStart === selectionEnd ? wordAt(value.slice(0, selectionStart)) : null;
      if (found?.start !== closedAt.current) closedAt.current = null;
      setWord((before) => (before?.start === found?.start && before?.query === found?.query && before?.kind === found?.kind ? before : found));
    };
    // A change of the selection includes that by each typed letter.
    document.addEventListener('selectionchange', look);
    for (const type of ['input', 'blur', 'focus']) element.addEventListener(type, look);
    return () => {
      document.removeEventListener('selectionchange', look);
      for (const type of ['input', 'blur', 'focus']) element.removeEventListener(type, look);
    };
  }, [field]);
  useEffect(() => {
    setAt(0);
    if (!word) return undefined;
    const source = suggestions.load();
    source.catch(failed);
    const ask = () => source.then(({ askFor }) => askFor(word, room)).then((more) => more && again({}));
    const timer = setTimeout(() => ask().catch(() => {}), ASK_MS);
    return () => clearTimeout(timer);
  }, [word, room]);
  const items = (word && word.start !== closedAt.current && suggestions.module.value?.suggestions(word, room)) || [];
  const chosen = Math.min(at, items.length - 1);
  function choose(/** @type {number} */ index) {
    const element = /** @type {HTMLTextAreaElement} */ (field.current);
    if (!word) return;
    element.setSelectionRange(word.start, element.selectionEnd);
    insert(element, `${items[index].insert} `);
  }
  function key(/** @type {KeyboardEvent} */ event) {
    if (!items.length || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    if (event.key === 'ArrowDown') setAt((chosen + 1) % items.length);
    else if (event.key === 'ArrowUp') setAt((chosen + items.length - 1) % items.length);
    else if (event.key === 'Enter' || event.key === 'Tab') {
      if (event.key === 'Enter' && isComplete(items[chosen], word)) return false;
      choose(chosen);
    } else if (event.key === 'Escape') {
      closedAt.current = /** @type {any} */ (word).start;
      again({});
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
  const aria = {
    'aria-autocomplete': 'list',
    'aria-haspopup': 'listbox',
    'aria-controls': items.length ? id : undefined,
    'aria-activedescendant': items.length ? `${id}-${chosen}` : undefined,
  };
  return { id, items, at: chosen, label: t(`suggestions-${NAMES[word?.kind ?? '@']}`), choose, point: setAt, key, aria };
}

const NAMES = { '@': 'people', '#': 'rooms', ':': 'emoji', '/': 'commands' };

/** A command that is written out, and takes no words, is sent by Enter. @param {any} item @param {any} word */
const isComplete = (item, word) => word.kind === '/' && item.insert === `/${word.query}`;

/** @param {{completion: Completion}} props */
export function Suggestions({ completion: { id, items, at, label, choose, point } }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: 'nearest' }), [at, items.length]);
  return html`
    <span class="visually-hidden" role="status">${items.length > 0 && t('suggestion-count', { count: items.length })}</span>
    ${items.length > 0 &&
    html`
      <ul ref=${list} id=${id} class="suggestions plain" role="listbox" aria-label=${label} onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()}>
        ${items.map(
          (item, index) => html`
            <li
              key=${item.key}
              id=${`${id}-${index}`}
              role="option"
              class="suggestion"
              aria-selected=${String(index === at)}
              onPointerMove=${() => point(index)}
              onClick=${() => choose(index)}
            >
              ${item.person
                ? html`<${Avatar} name=${item.person} size="small" />`
                : item.emoji
                  ? html`<span class="emoji" aria-hidden="true">${item.emoji}</span>`
                  : html`<${Icon} name=${item.icon ?? 'blank'} />`}
              <bdi class="truncate">${item.text}</bdi>${item.hint && html`<span class="meta truncate" dir="auto">${item.hint}</span>`}
            </li>
          `,
        )}
      </ul>
    `}
  `;
}
