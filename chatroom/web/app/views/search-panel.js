/** The search in one room. */
import { PanelFrame } from '../components/panel-frame.js';
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { inRoom } from '../stores/search.js';
import { Search } from './search.js';

/** @param {{room: string}} props */
export function SearchPanel({ room }) {
  const { query, filters } = inRoom.value;
  return html`
    <${PanelFrame} title=${t('search')}>
      <div class="panel-body scroll">
        <${Search}
          room=${room}
          query=${query}
          onQuery=${(/** @type {string} */ next) => (inRoom.value = { ...inRoom.peek(), query: next })}
          filters=${filters}
          onFilters=${(/** @type {any} */ chosen) => (inRoom.value = { ...inRoom.peek(), filters: chosen })}
        />
      </div>
    <//>
  `;
}
