/** The open room: header, messages, composer. */
import { showMenu } from '../components/menu.js';
import { showDialog } from '../components/dialog.js';
import { RoomSign } from '../components/avatar.js';
import { Button, IconButton } from '../components/button.js';
import { Empty } from '../components/empty.js';
import { Icon } from '../components/icon.js';
import { Spinner } from '../components/spinner.js';
import { partnerOf } from '../../chatroom/index.js';
import { t } from '../i18n.js';
import { html, still, useEffect, useView } from '../lib.js';
import { go, goToPanel, href, openPanel, route } from '../router.js';
import { answer } from '../stores/drafts.js';
import { isPhone } from '../stores/layout.js';
import { client, me } from '../stores/session.js';
import { errorText, failed } from '../stores/toasts.js';
import { AddPeople, JumpToDate } from './lazy.js';
import { MessageList } from './messages.js';
import { mayInvite, roomName } from './names.js';
import { Writing } from './writing.js';

/** @param {{room: string}} props */
export function Conversation({ room }) {
  const view = client().room(room);
  const state = useView(view);
  useView(client().people);
  const reply = (/** @type {any} */ message) => answer(me(), room, message);
  const { seq } = route.value;
  useEffect(() => {
    if (seq !== undefined) view.jumpTo(seq).catch?.(() => {});
  }, [route.value, view]);
  const name = roomName(room, state.info ?? client().inbox.entry(room));
  const { info, online } = state;
  const draft = state.status === 'refused' && state.error?.reason === 'not_found' && partnerOf(room, me());
  return html`
    <main class="conversation" data-room=${room} aria-label=${name}>
      <${Header} room=${room} name=${name} info=${info} online=${online} />
      ${state.status === 'refused' && !draft
        ? html`<${Refused} view=${view} room=${room} error=${state.error} />`
        : !state.info && !draft
          ? html`<${Missing} />`
          : html`
              <${MessageList} key=${room} view=${view} state=${state} onReply=${reply} before=${html`<${Beginning} room=${room} name=${name} info=${state.info} />`} />
              <${Writing} key=${`writing ${room}`} view=${view} room=${room} place=${room} label=${t('message-to', { name })} />
            `}
    </main>
  `;
}

/** In place of a room that is being loaded, or cannot be without a connection. */
function Missing() {
  const isConnected = useView(client().connection, ({ status }) => status === 'connected');
  if (isConnected) return html`<div class="centered"><${Spinner} /></div>`;
  return html`<${Empty} icon="warning" text=${t('not-kept')} />`;
}

/** What the menu offers to hear nothing of a room, or all again. @param {string} room */
function muting(room) {
  const entry = client().inbox.entry(room);
  if (!entry) return null;
  const set = (/** @type {'all' | 'none'} */ level) => () => client().calls.setNotifications({ room, level }).catch(failed);
  return entry.muted ? { icon: 'bell', text: t('unmute-room'), act: set('all') } : { icon: 'bell-off', text: t('mute-room'), act: set('none') };
}

/** @param {{room: string, name: string, info: any, online: any}} props */
function Head({ room, name, info, online }) {
  const partner = partnerOf(room, me());
  const panel = openPanel.value?.name;
  const toggle = (/** @type {any} */ which) => () => goToPanel(panel === which ? null : { name: which });
  const menu = (/** @type {any} */ { currentTarget }) =>
    showMenu(
      currentTarget,
      t('room-menu'),
      [
        isPhone.value && !partner && { icon: 'group', text: t('members'), act: toggle('members') },
        isPhone.value && { icon: 'pin', text: t('pins'), act: toggle('pins') },
        { icon: 'calendar', text: t('jump-to-date'), act: () => showDialog(JumpToDate, { room }) },
        muting(room),
        isPhone.value && !partner && { icon: 'info', text: t('room-settings'), act: toggle('info') },
      ],
      'bottom-end',
    );
  return html`
    <header class="view-head">
      ${isPhone.value && html`<a class="button quiet square" href=${href({ view: 'home' })} aria-label=${t('back')}><${Icon} name="back" /></a>`}
      <${RoomSign} kind=${partner ? 'direct' : room.startsWith('~') ? 'group' : 'room'} with=${partner ?? undefined} visibility=${info?.visibility} />
      <div class="view-title spread">
        <h1 dir="auto"><button type="button" class="truncate" onClick=${() => goToPanel(partner ? { name: 'person', person: partner } : { name: 'info' })}>${name}</button></h1>
        ${info?.topic && html`<span class="meta truncate" dir="auto">${info.topic}</span>`}
      </div>
      ${!isPhone.value && !partner && html`<${Button} kind="quiet" icon="group" label=${t('members')} pressed=${panel === 'members'} onPress=${toggle('members')}>${online?.count || ''}<//>`}
      ${!isPhone.value && html`<${IconButton} icon="pin" label=${t('pins')} pressed=${panel === 'pins'} onPress=${toggle('pins')} />`}
      <${IconButton} icon="search" label=${t('search')} pressed=${panel === 'search'} onPress=${toggle('search')} />
      ${!isPhone.value && !partner && html`<${IconButton} icon="info" label=${t('room-settings')} pressed=${panel === 'info'} onPress=${toggle('info')} />`}
      <${IconButton} icon="more" label=${t('room-menu')} aria-haspopup="menu" onPress=${menu} />
    </header>
  `;
}

const Header = still(Head);

/** @param {{room: string, name: string, info: any}} props */
function Beginning({ room, name, info }) {
  const partner = partnerOf(room, me());
  const words = partner === me() ? t('beginning-notes') : partner ? t('beginning-direct', { name }) : t('beginning-room', { name });
  return html`
    <div class="beginning">
      <${RoomSign} size="large" kind=${partner ? 'direct' : 'room'} with=${partner ?? undefined} visibility=${info?.visibility} />
      <h2 dir="auto">${name}</h2>
      <p class="meta">${words}</p>
      ${!partner && mayInvite(info) && html`<${Button} icon="invite" onPress=${() => showDialog(AddPeople, { room })}>${t('add-people')}<//>`}
    </div>
  `;
}

/** A room that cannot be shown: not a member, banned, unknown. @param {{view: any, room: string, error: any}} props */
function Refused({ view, room, error }) {
  async function join() {
    await client().calls.joinRoom({ room });
    view.refresh();
  }
  if (error?.reason === 'forbidden') {
    return html`<${Empty} icon="hash" text=${t('not-a-member', { room })}><${Button} kind="primary" onPress=${join}>${t('join')}<//><//>`;
  }
  return html`<${Empty} icon="warning" text=${errorText(error)}><${Button} onPress=${() => go({ view: 'directory' })}>${t('browse-rooms')}<//><//>`;
}
