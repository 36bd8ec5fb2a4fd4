/** All accounts of the server, for its admins. */
import { directRoom } from '../../chatroom/index.js';
import { showDialog } from '../components/dialog.js';
import { Icon } from '../components/icon.js';
import { PagedList } from '../components/list.js';
import { showMenu } from '../components/menu.js';
import { SearchField } from '../components/search-field.js';
import { t } from '../i18n.js';
import { html, useCallback, useMemo, useSettled, useState } from '../lib.js';
import { goToRoom } from '../router.js';
import { client, me } from '../stores/session.js';
import { AccountTags, accountActs } from './person.js';
import { PersonLine } from './person-line.js';
import { PersonLogIns } from './person-log-ins.js';

export function AdminPeople() {
  const [query, setQuery] = useState('');
  const settled = useSettled(query.trim());
  const view = useMemo(() => client().users(settled), [settled]);
  const row = useCallback((/** @type {Person} */ account) => html`<${Account} account=${account} view=${view} />`, [view]);
  return html`
    <p class="meta">${t('admin-people-hint')}</p>
    <${SearchField} label=${t('search-people')} value=${query} onInput=${setQuery} />
    <${PagedList} view=${view} label=${t('admin-people')} keyOf=${(/** @type {any} */ { name }) => name} row=${row} />
  `;
}

/** @typedef {import('../../chatroom/types.js').Person} Person */

/** Reads one account of the list anew. @param {any} view @param {string} name */
async function reload(view, name) {
  const { users } = await client().calls.getUsers({ users: [name] });
  view.update((/** @type {readonly Person[]} */ all) => all.map((person) => (person.name === name ? (users[0] ?? person) : person)));
}

/** @param {{account: Person, view: any}} props */
function Account({ account, view }) {
  const { name, displayName, lookalike } = account;
  const acts = (/** @type {any} */ { currentTarget }) =>
    showMenu(currentTarget, t('acts-on', { name: displayName }), [
      name !== me() && { icon: 'thread', text: t('write'), act: () => goToRoom(directRoom(me(), name)) },
      { icon: 'device', text: t('log-ins'), act: () => showDialog(PersonLogIns, { user: name, displayName }) },
      ...accountActs(account, () => reload(view, name)),
    ]);
  return html`
    <button type="button" data-item class="line" aria-haspopup="menu" onClick=${acts}>
      <${PersonLine} name=${name} displayName=${displayName}>
        ${lookalike && html`<span class="tag" title=${t('lookalike')}>${t('lookalike-tag')}</span>`} ${name === me() && html`<span class="tag accent">${t('you')}</span>`}
        <${AccountTags} account=${account} />
        <${Icon} name="more" />
      <//>
    </button>
  `;
}
