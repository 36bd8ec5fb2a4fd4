/** All rooms that I can see: search, join, and make one. */
import { RoomSign } from '../components/avatar.js';
import { Button } from '../components/button.js';
import { showDialog } from '../components/dialog.js';
import { Empty } from '../components/empty.js';
import { PagedList } from '../components/list.js';
import { SearchField } from '../components/search-field.js';
import { t } from '../i18n.js';
import { html, useMemo, useSettled, useState } from '../lib.js';
import { goToRoom, href } from '../router.js';
import { client } from '../stores/session.js';
import { NewRoom } from './lazy.js';
import { ViewFrame } from './view-frame.js';

export function Directory() {
  const [query, setQuery] = useState('');
  const settled = useSettled(query.trim());
  const view = useMemo(() => client().directory(settled), [settled]);
  const newRoom = html`<${Button} kind="primary" icon="plus" onPress=${() => showDialog(NewRoom)}>${t('new-room')}<//>`;
  const empty = settled
    ? html`<${Empty} icon="search" text=${t('no-room-found', { query: settled })}>${newRoom}<//>`
    : html`<${Empty} icon="hash" text=${t('no-rooms-at-all')}>${newRoom}<//>`;
  return html`
    <${ViewFrame} title=${t('rooms')} tools=${newRoom}>
      <${SearchField} label=${t('search-rooms')} value=${query} onInput=${setQuery} takesFocus />
      <${PagedList} view=${view} label=${t('rooms')} keyOf=${(/** @type {any} */ { room }) => room} row=${roomRow} empty=${empty} />
    <//>
  `;
}

/** @param {import('../../chatroom/types.js').ListedRoom} props */
function RoomLine({ room, title, topic, visibility, members, member, archived }) {
  async function join() {
    await client().calls.joinRoom({ room, create: false });
    goToRoom(room);
  }
  const kind = room.startsWith('~') ? 'group' : 'room';
  return html`
    <div class="line boxed">
      <a class="line-link spread" data-item href=${href({ view: 'room', room })}>
        <${RoomSign} kind=${kind} visibility=${visibility} size="medium" />
        <span class="spread line-text">
          <span class="truncate">
            <bdi class="strong">${title}</bdi> ${archived && html`<span class="tag">${t('archived-tag')}</span>`}
          </span>
          <span class="meta truncate" dir="auto">
            ${t('member-number', { count: members })}${topic && ` · ${topic}`}
          </span>
        </span>
      </a>
      ${member ? html`<span class="meta">${t('joined')}</span>` : html`<${Button} onPress=${join} aria-label=${t('join-room', { room: title })}>${t('join')}<//>`}
    </div>
  `;
}

const roomRow = (/** @type {any} */ room) => html`<${RoomLine} ...${room} />`;
