/** A search for messages: words, filters, and what was found with the words marked. */
import { Button } from '../components/button.js';
import { Empty } from '../components/empty.js';
import { Choice, Field } from '../components/field.js';
import { PagedList } from '../components/list.js';
import { SearchField } from '../components/search-field.js';
import { t } from '../i18n.js';
import { html, useEffect, useId, useMemo, useRef, useSettled, useState, useView } from '../lib.js';
import { href } from '../router.js';
import { isTouch } from '../stores/layout.js';
import { NO_FILTERS, asParams } from '../stores/search.js';
import { client, me } from '../stores/session.js';
import { MessageCard, roomTitle } from './message-card.js';
import { roomName } from './names.js';

/** @typedef {import('../stores/search.js').Filters} Filters */

const PAUSE_MS = 250;
/** A query that the server takes has a letter, a digit or a pictograph. */
const HAS_WORD = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;
const ACCOUNT = /^@?[a-z0-9][a-z0-9._-]{0,63}$/i;

/**
 * @param {object} props
 * @param {string} [props.room] the only one that is searched
 * @param {string} props.query
 * @param {(query: string) => void} props.onQuery called when it has settled
 * @param {Filters} props.filters
 * @param {(filters: Filters) => void} props.onFilters
 */
export function Search({ room, query, onQuery, filters, onFilters }) {
  const [words, setWords] = useState(query);
  const [open, setOpen] = useState(false);
  const head = useRef(/** @type {HTMLElement | null} */ (null));
  const settled = useSettled(words.trim(), PAUSE_MS);
  const chosen = Object.entries(filters).filter(([, value]) => value !== '').length;
  const known = filters.sender === '' || ACCOUNT.test(filters.sender.trim()) ? filters : { ...filters, sender: '' };
  const key = JSON.stringify([settled, known]);
  const view = useMemo(() => (HAS_WORD.test(settled) ? client().search(settled, asParams(room ? { ...known, room } : known)) : null), [key, room]);
  useEffect(() => {
    if (!isTouch.peek()) head.current?.querySelector('input')?.focus();
  }, []);
  useEffect(() => void (settled !== query && onQuery(settled)), [settled]);
  const reset = chosen > 0 && html`<${Button} onPress=${() => onFilters(NO_FILTERS)}>${t('no-filters')}<//>`;
  return html`
    <div class="search">
      <search class="search-head" ref=${head}>
        <${SearchField} class="spread" label=${t(room ? 'search-in-room' : 'search-messages')} value=${words} onInput=${setWords} enterkeyhint="search" />
        <${Button} icon="settings" pressed=${open} aria-expanded=${String(open)} onPress=${() => setOpen(!open)}>${chosen ? t('filters-chosen', { count: chosen }) : t('filters')}<//>
      </search>
      ${open && html`<${FilterFields} room=${room} filters=${filters} onFilters=${onFilters} />`}
      ${view
        ? html`<${PagedList}
            view=${view}
            label=${t('found-messages')}
            keyOf=${(/** @type {any} */ message) => `${message.room} ${message.seq}`}
            row=${foundRow}
            empty=${html`<${Empty} icon="search" text=${t(chosen ? 'no-message-found-so' : 'no-message-found')}>${reset}<//>`}
          />`
        : html`<${Empty} icon="search" text=${t(settled ? 'search-needs-word' : room ? 'search-room-hint' : 'search-hint')} />`}
    </div>
  `;
}

/** @param {{room?: string, filters: Filters, onFilters: (filters: Filters) => void}} props */
function FilterFields({ room, filters, onFilters }) {
  const people = useId();
  const { rooms } = useView(client().inbox);
  const { profiles } = useView(client().people);
  const set = (/** @type {keyof Filters} */ name) => (/** @type {string} */ value) => onFilters({ ...filters, [name]: value });
  const named = rooms.map((/** @type {any} */ entry) => /** @type {const} */ ([entry.room, roomName(entry.room, entry)]));
  named.sort(([, one], [, other]) => one.localeCompare(other));
  const wrong = filters.sender !== '' && !ACCOUNT.test(filters.sender.trim());
  return html`
    <div class="fields filters" role="group" aria-label=${t('filters')}>
      ${!room && html`<${Choice} label=${t('room')} value=${filters.room} options=${[['', t('all-rooms')], ...named]} onChange=${set('room')} />`}
      <${Field} label=${t('from-person')} error=${wrong ? t('no-account-name') : null} value=${filters.sender} onInput=${set('sender')} list=${people} placeholder=${t('anybody')} autocapitalize="none" autocomplete="off" />
      <datalist id=${people}>${[...profiles.values()].slice(0, 100).map(({ name, displayName }) => html`<option key=${name} value=${name}>${displayName}</option>`)}</datalist>
      <${Field} label=${t('since-day')} type="date" max=${filters.before || undefined} value=${filters.after} onInput=${set('after')} />
      <${Field} label=${t('to-day')} type="date" min=${filters.after || undefined} value=${filters.before} onInput=${set('before')} />
      <${Choice} label=${t('with')} value=${filters.has} options=${[['', t('anything')], ['file', t('files')], ['link', t('links')]]} onChange=${set('has')} />
    </div>
  `;
}

/** @param {{message: any}} props */
function Found({ message }) {
  const { room, seq, thread, sender, text, ranges } = message;
  const place = thread === undefined ? { seq } : { panel: { name: /** @type {const} */ ('thread'), root: thread, seq } };
  const label = t('open-message', { name: sender === me() ? t('me') : client().people.name(sender), room: roomTitle(room) });
  const body = html`<div class="text plain" dir="auto">${marked(text, ranges)}</div>`;
  return html`<${MessageCard} message=${message} body=${body} link=${href({ view: 'room', room, ...place })} label=${label} />`;
}

const foundRow = (/** @type {any} */ message) => html`<${Found} message=${message} />`;

/** So much of a long text is shown before the first word that was found. */
const BEFORE_CHARS = 120;

/** Returns a text with its ranges marked, from a little before the first. @param {string} text @param {readonly {start: number, end: number}[]} ranges */
function marked(text, ranges) {
  const first = ranges[0]?.start ?? 0;
  const begin = first > BEFORE_CHARS * 2 ? Math.max(text.lastIndexOf(' ', first - BEFORE_CHARS) + 1, first - BEFORE_CHARS * 2) : 0;
  /** @type {any[]} */
  const pieces = begin ? ['…'] : [];
  let at = begin;
  for (const { start, end } of ranges) {
    pieces.push(text.slice(at, start), html`<mark>${text.slice(start, end)}</mark>`);
    at = end;
  }
  return [...pieces, text.slice(at)];
}
