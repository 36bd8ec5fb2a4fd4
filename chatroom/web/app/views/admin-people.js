/** All accounts of the server, for its admins. */
import { directRoom } from '../../chatroom/index.js';
import { PagedList } from '../components/list.js';
import { Icon } from '../components/icon.js';
import { showMenu } from '../components/menu.js';
import { SearchField } from '../components/search-field.js';
import { t } from '../i18n.js';
import { html, useMemo, useSettled, useState } from '../lib.js';
import { goToRoom } from '../router.js';
import { client, me } from '../stores/session.js';
import { accountActs } from './person.js';
import { PersonLine } from './person-line.js';

export function AdminPeople() {
  const [query, setQuery] = useState('');
  const settled = useSettled(query.trim());
  const view = useMemo(() => client().users(settled), [settled]);
  return html`
    <p class="meta">${t('admin-people-hint')}</p>
    <${SearchField} label=${t('search-people')} value=${query} onInput=${setQuery} />
    <${PagedList} view=${view} label=${t('admin-people')} keyOf=${(/** @type {any} */ { name }) => name} row=${accountRow} />
  `;
}

/** @param {import('../../chatroom/types.js').Person} props */
function Account({ name, displayName, lookalike }) {
  const acts = (/** @type {any} */ { currentTarget }) =>
    showMenu(currentTarget, t('acts-on', { name: displayName }), [
      name !== me() && { icon: 'thread', text: t('write'), act: () => goToRoom(directRoom(me(), name)) },
      ...accountActs(name),
    ]);
  return html`
    <button type="button" data-item class="line" aria-haspopup="menu" onClick=${acts}>
      <${PersonLine} name=${name} displayName=${displayName}>
        ${lookalike && html`<span class="tag" title=${t('lookalike')}>${t('lookalike-tag')}</span>`} ${name === me() && html`<span class="tag accent">${t('you')}</span>`}
        <${Icon} name="more" />
      <//>
    </button>
  `;
}

const accountRow = (/** @type {any} */ person) => html`<${Account} ...${person} />`;
