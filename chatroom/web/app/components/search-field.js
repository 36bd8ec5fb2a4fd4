/** A field for searching a list. Its label is for screen readers; people see the icon and the placeholder. */
import { cx, html } from '../lib.js';
import { Icon } from './icon.js';

/** @param {{label: string, value: string, onInput: (value: string) => void, [other: string]: any}} props */
export const SearchField = ({ label, value, onInput, class: more, ...rest }) => html`
  <div class=${cx('search-field', more)}>
    <${Icon} name="search" />
    <input
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
