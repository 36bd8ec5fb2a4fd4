/** The search in all my rooms. The words are part of the address. */
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { go, route } from '../router.js';
import { filters } from '../stores/search.js';
import { Search } from './search.js';
import { ViewFrame } from './view-frame.js';

export const SearchView = () => html`
  <${ViewFrame} title=${t('search')} top>
    <${Search}
      query=${route.value.query ?? ''}
      onQuery=${(/** @type {string} */ query) => route.value.view === 'search' && go({ view: 'search', query }, { replace: true })}
      filters=${filters.value}
      onFilters=${(/** @type {any} */ chosen) => (filters.value = chosen)}
    />
  <//>
`;
