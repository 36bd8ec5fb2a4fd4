/** A field for searching a list. Its label is for screen readers; people see the icon and the placeholder. */
import { cx, html, useEffect, useRef } from '../lib.js';
import { isTouch } from '../stores/layout.js';
import { Icon } from './icon.js';

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.value
 * @param {(value: string) => void} props.onInput
 * @param {string} [props.class]
 * @param {boolean} [props.takesFocus] when it is first shown, unless that would open a keyboard on the screen
 */
export function SearchField({ label, value, onInput, takesFocus, class: more, ...rest }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (takesFocus && !isTouch.peek()) input.current?.focus();
  }, []);
  return html`
    <div class=${cx('search-field', more)}>
      <${Icon} name="search" />
      <input
        ref=${input}
        class="input"
        type="search"
        aria-label=${label}
        placeholder=${label}
        autocomplete="off"
        spellcheck="false"
        value=${value}
        onInput=${(/** @type {any} */ event) => onInput(event.target.value)}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
          if (event.key === 'Escape' && value) event.stopPropagation(); // it empties the field
        }}
        ...${rest}
      />
    </div>
  `;
}
