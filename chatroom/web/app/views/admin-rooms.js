/** The rooms of the server, for its admins, who may take over those that nobody owns any more. */
import { useAction } from '../action.js';
import { RoomSign } from '../components/avatar.js';
import { Button } from '../components/button.js';
import { Field } from '../components/field.js';
import { Icon } from '../components/icon.js';
import { PagedList } from '../components/list.js';
import { showMenu } from '../components/menu.js';
import { SearchField } from '../components/search-field.js';
import { t } from '../i18n.js';
import { html, useMemo, useSettled, useState } from '../lib.js';
import { goToRoom } from '../router.js';
import { client } from '../stores/session.js';
import { errorText, toast } from '../stores/toasts.js';

/** @param {any} problem */
const refusal = (problem) => (problem.reason === 'forbidden' ? t('not-abandoned') : errorText(problem));

/** @param {string} room */
async function takeOver(room) {
  await client().calls.enterRoom({ room });
  goToRoom(room);
}

export function AdminRooms() {
  const [query, setQuery] = useState('');
  const settled = useSettled(query.trim());
  const view = useMemo(() => client().directory(settled), [settled]);
  return html`
    <section class="group">
      <${SearchField} label=${t('search-rooms')} value=${query} onInput=${setQuery} />
      <${PagedList} view=${view} label=${t('rooms')} keyOf=${(/** @type {any} */ { room }) => room} row=${roomRow} />
    </section>
    <section class="group"><${TakeOver} /></section>
  `;
}

/** @param {import('../../chatroom/types.js').ListedRoom} props */
function Room({ room, title, visibility, members, archived }) {
  const acts = (/** @type {any} */ { currentTarget }) =>
    showMenu(currentTarget, t('acts-on', { name: title }), [
      { icon: 'forward', text: t('open'), act: () => goToRoom(room) },
      { icon: 'key', text: t('take-over'), act: () => takeOver(room).catch((problem) => toast(refusal(problem), { kind: 'error' })) },
    ]);
  return html`
    <button type="button" data-item class="line" aria-haspopup="menu" onClick=${acts}>
      <${RoomSign} kind=${room.startsWith('~') ? 'group' : 'room'} visibility=${visibility} size="medium" />
      <span class="spread line-text">
        <span class="truncate"><bdi class="strong">${title}</bdi> ${archived && html`<span class="tag">${t('archived-tag')}</span>`}</span>
        <span class="meta truncate">${room} · ${t('member-number', { count: members })}</span>
      </span>
      <${Icon} name="more" />
    </button>
  `;
}

const roomRow = (/** @type {any} */ room) => html`<${Room} ...${room} />`;

function TakeOver() {
  const [room, setRoom] = useState('');
  const { busy, error, run: submit } = useAction(async () => {
    await takeOver(room.trim());
  });
  return html`
    <h2>${t('take-over-title')}</h2>
    <form class="form" onSubmit=${submit}>
      <p class="meta">${t('take-over-hint')}</p>
      <${Field} label=${t('room-name')} value=${room} onInput=${setRoom} error=${error && refusal(error)} autocapitalize="none" spellcheck="false" />
      <div class="form-foot"><${Button} type="submit" busy=${busy} disabled=${!room.trim()}>${t('take-over')}<//></div>
    </form>
  `;
}
