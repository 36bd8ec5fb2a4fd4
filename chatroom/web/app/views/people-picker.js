/** Choosing people by search: those chosen as chips, those found as a list. */
import { Icon } from '../components/icon.js';
import { Spinner } from '../components/spinner.js';
import { fits, fold } from '../fuzzy.js';
import { t } from '../i18n.js';
import { cx, html, useEffect, useId, useMemo, useRef, useSettled, useState, useView } from '../lib.js';
import { client } from '../stores/session.js';
import { PersonLine } from './person-line.js';

const ACCOUNT = /^@?[a-z0-9][a-z0-9._-]{0,63}$/;
const SHOWN = 30;

/**
 * @param {object} props
 * @param {string} props.label
 * @param {readonly string[]} props.chosen names of accounts
 * @param {(chosen: readonly string[]) => void} props.onChange
 * @param {number} [props.max]
 * @param {readonly string[]} [props.without] names that cannot be chosen
 */
export function PeoplePicker({ label, chosen, onChange, max = 20, without = [] }) {
  const id = useId();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const asked = query.trim().replace(/^@/, '');
  const settled = useSettled(asked);
  const view = useMemo(() => client().users(settled), [settled]);
  const { items: answer, loading, hasMore, error } = useView(view);
  const isAnswered = !loading && (answer.length > 0 || !hasMore || error !== null);
  const last = useRef(answer);
  if (isAnswered) last.current = answer;
  const items = last.current;
  const isFinal = isAnswered && settled === asked;
  const [awaited, setAwaited] = useState(false);
  const typed = asked.toLowerCase();
  // Until the server has answered, what it found before is shown as far as it fits, so that Enter chooses nobody else.
  const isFound = (/** @type {any} */ { name, displayName }) => fits(fold(typed), fold(displayName)) > 0 || fits(typed, name) > 0;
  const found = items.filter(isFound).map((/** @type {any} */ person) => person.name);
  // People who share no room with me are not found, but can be named.
  if (ACCOUNT.test(typed) && !found.includes(typed) && isFinal) found.push(typed);
  const shown = found.filter((name) => !chosen.includes(name) && !without.includes(name)).slice(0, SHOWN);
  const active = Math.min(at, shown.length - 1);
  function type(/** @type {string} */ text) {
    setQuery(text);
    setAt(0);
    setAwaited(false);
  }
  function choose(/** @type {string} */ name) {
    if (chosen.length < max) onChange([...chosen, name]);
    type('');
    input.current?.focus();
  }
  const leaveOut = (/** @type {string} */ name) => onChange(chosen.filter((other) => other !== name));
  function key(/** @type {KeyboardEvent} */ event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) setAt((active + step + shown.length) % shown.length);
    else if (event.key === 'Enter' && query && shown[active]) choose(shown[active]);
    else if (event.key === 'Enter' && query && !isFinal) setAwaited(true);
    else if (event.key === 'Backspace' && !query && chosen.length) leaveOut(chosen[chosen.length - 1]);
    else return;
    event.preventDefault();
  }
  useEffect(() => {
    if (!awaited || !isFinal) return;
    setAwaited(false);
    if (shown.length) choose(shown[0]);
  }, [awaited, isFinal]);
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <div class="picker input">
        ${chosen.map(
          (name) => html`
            <button key=${name} type="button" class="chip mine" title=${t('leave-out', { name })} aria-label=${t('leave-out', { name })} onClick=${() => leaveOut(name)}>
              ${client().people.name(name)} <${Icon} name="close" />
            </button>
          `,
        )}
        <input
          ref=${input}
          id=${id}
          role="combobox"
          aria-expanded="true"
          aria-controls=${`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant=${shown.length ? `${id}-${active}` : undefined}
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          autofocus
          placeholder=${t('name-or-account')}
          value=${query}
          onInput=${(/** @type {any} */ event) => type(event.target.value)}
          onKeyDown=${key}
        />
      </div>
      <ul id=${`${id}-list`} class="list plain picker-list scroll" role="listbox" aria-label=${label}>
        ${shown.map(
          (name, index) => html`
            <li key=${name} id=${`${id}-${index}`} role="option" aria-selected=${String(index === active)} class=${cx('line', index === active && 'active')} onClick=${() => choose(name)}>
              <${PersonLine} name=${name} />
            </li>
          `,
        )}
      </ul>
      ${!isFinal && !shown.length && html`<div class="list-end"><${Spinner} /></div>`}
      ${isFinal && !shown.length && html`<p class="meta">${t(query ? 'nothing-found' : 'nobody-to-find')}</p>`}
    </div>
  `;
}
