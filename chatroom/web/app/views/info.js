/** A room's settings: what it is, who may do what, notifications, invitations, leaving and deleting. */
import { isGroup } from '../../chatroom/index.js';
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { Dialog, closeDialog, confirm, showDialog } from '../components/dialog.js';
import { Check, Choice, Field } from '../components/field.js';
import { PanelFrame } from '../components/panel-frame.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { html, useEffect, useState, useView } from '../lib.js';
import { go } from '../router.js';
import { client } from '../stores/session.js';
import { errorText, failed, toast } from '../stores/toasts.js';
import { InvitationList } from './invitations.js';
import { mayInvite, roomName } from './names.js';
import { Retention } from './retention.js';

const SLOW_S = [0, 5, 10, 30, 60, 300, 900, 3600, 21600];

/** @param {{room: string}} props */
export function Info({ room }) {
  const { info } = useView(client().room(room));
  if (!info) return html`<${PanelFrame} title=${t('room-settings')}><div class="centered"><${Spinner} /></div><//>`;
  const moderates = info.role !== 'member';
  return html`
    <${PanelFrame} title=${t('room-settings')}>
      <div class="panel-body scroll">
        ${moderates ? html`<${SettingsForm} room=${room} info=${info} />` : html`<${Facts} room=${room} info=${info} />`}
        <${RoomNotifications} room=${room} />
        ${mayInvite(info) &&
        html`
          <section class="panel-section" aria-label=${t('invitations')}>
            <h3>${t('invitations')}</h3>
            <${InvitationList} room=${room} />
          </section>
        `}
        <${Retention} room=${room} />
        <${Ends} room=${room} info=${info} />
      </div>
    <//>
  `;
}

/** @param {{room: string, info: any}} props */
const Facts = ({ room, info }) => html`
  <section class="panel-section">
    <dl class="facts">
      ${!isGroup(room) && html`<dt>${t('room-name')}</dt><dd>${room}</dd>`}
      <dt>${t('topic')}</dt><dd dir="auto">${info.topic || t('none')}</dd>
      <dt>${t('visibility')}</dt><dd>${t(`visibility-${info.visibility}`)}</dd>
      <dt>${t('who-posts')}</dt><dd>${t(`allowed-${info.posting}`)}</dd>
      <dt>${t('who-invites')}</dt><dd>${t(`allowed-${info.inviting}`)}</dd>
      ${info.slowModeS > 0 && html`<dt>${t('slow-mode')}</dt><dd>${slowText(info.slowModeS)}</dd>`}
      ${info.archived && html`<dt>${t('state')}</dt><dd>${t('archived-tag')}</dd>`}
    </dl>
    <p class="meta">${t('moderators-change-this')}</p>
  </section>
`;

/** @param {number} seconds */
const slowText = (seconds) =>
  seconds === 0
    ? t('slow-mode-off')
    : seconds < 60
      ? t('every-seconds', { count: seconds })
      : seconds < 3600
        ? t('every-minutes', { count: seconds / 60 })
        : t('every-hours', { count: seconds / 3600 });

const FIELDS = ['title', 'topic', 'visibility', 'posting', 'inviting', 'slowModeS', 'archived'];

/** @param {{room: string, info: any}} props */
function SettingsForm({ room, info }) {
  const [changes, setChanges] = useState(/** @type {Record<string, any>} */ ({}));
  const isOwner = info.role === 'owner';
  const form = { ...info, ...changes };
  const changed = FIELDS.filter((field) => form[field] !== info[field]);
  const set = (/** @type {string} */ field) => (/** @type {unknown} */ value) => setChanges({ ...changes, [field]: value });
  const { busy, error, run: save } = useAction(async () => {
    await client().calls.setRoom({ room, ...Object.fromEntries(changed.map((field) => [field, form[field]])) });
    setChanges({});
    toast(t('saved'));
  });
  const slow = SLOW_S.includes(form.slowModeS) ? SLOW_S : [...SLOW_S, form.slowModeS].sort((one, other) => one - other);
  const allowed = ['all', 'moderators'].map((id) => [id, t(`allowed-${id}`)]);
  const errorOf = (/** @type {string} */ field) => (error?.field === field ? errorText(error) : null);
  return html`
    <form class="panel-section" onSubmit=${save}>
      <${Field} label=${t('room-title')} value=${form.title} onInput=${set('title')} error=${errorOf('title')} maxlength="80" />
      <${Field} label=${t('topic')} hint=${t('topic-hint')} multiline value=${form.topic} onInput=${set('topic')} error=${errorOf('topic')} maxlength="250" />
      <${Choice} label=${t('who-posts')} value=${form.posting} options=${allowed} onChange=${set('posting')} />
      <${Choice} label=${t('who-invites')} value=${form.inviting} options=${allowed} onChange=${set('inviting')} />
      <${Choice}
        label=${t('slow-mode')}
        hint=${t('slow-mode-hint')}
        value=${String(form.slowModeS)}
        options=${slow.map((seconds) => [String(seconds), slowText(seconds)])}
        onChange=${(/** @type {string} */ value) => set('slowModeS')(Number(value))}
      />
      ${isOwner &&
      !isGroup(room) &&
      html`<${Check}
        label=${t('private-room')}
        hint=${t('private-room-hint')}
        checked=${form.visibility === 'private'}
        onChange=${(/** @type {boolean} */ checked) => set('visibility')(checked ? 'private' : 'public')}
      />`}
      ${isOwner && html`<${Check} label=${t('archive')} hint=${t('archive-hint')} checked=${form.archived} onChange=${set('archived')} />`}
      ${error && !FIELDS.includes(error.field) && html`<p class="error" role="alert">${errorText(error)}</p>`}
      <div class="form-foot">
        <${Button} kind="primary" type="submit" busy=${busy} disabled=${!changed.length}>${t('save')}<//>
        ${changed.length > 0 && html`<${Button} onPress=${() => setChanges({})}>${t('discard')}<//>`}
      </div>
    </form>
  `;
}

/** @returns {[string, string][]} */
export const levelOptions = () => ['all', 'mentions', 'none'].map((level) => [level, t(`level-${level}`)]);

/** Of which messages of a room one is told. @param {{room: string}} props */
export function RoomNotifications({ room }) {
  useView(client().inbox);
  const entry = client().inbox.entry(room);
  const set = (/** @type {any} */ level) => client().calls.setNotifications({ room, level }).catch(failed);
  if (!entry) return null;
  return html`
    <section class="panel-section">
      <${Choice} label=${t('notifications')} hint=${t('level-hint')} value=${entry.notifications} options=${levelOptions()} onChange=${set} />
    </section>
  `;
}

/** @param {{room: string, info: any}} props */
function Ends({ room, info }) {
  const name = roomName(room, info);
  async function left() {
    await client().calls.leaveRoom({ room });
    go({ view: 'home' }, { replace: true });
  }
  const leave = () => confirm({ title: t('leave-room', { name }), text: t(info.visibility === 'private' ? 'leave-private-text' : 'leave-text'), action: t('leave'), act: left });
  return html`
    <section class="panel-section">
      <div class="form-foot">
        <${Button} icon="exit" onPress=${leave}>${t('leave')}<//>
        ${info.role === 'owner' && html`<${Button} kind="danger" icon="trash" onPress=${() => showDialog(DeleteRoom, { room, name })}>${t('delete-room')}<//>`}
      </div>
    </section>
  `;
}

/** Deletes a room once its name is typed. @param {{room: string, name: string}} props */
function DeleteRoom({ room, name }) {
  const [typed, setTyped] = useState('');
  const fits = typed.trim() === name;
  const { busy, error, run: submit, clear } = useAction(async () => {
    if (!fits) return;
    await client().calls.deleteRoom({ room });
    closeDialog();
    go({ view: 'home' }, { replace: true });
  });
  useEffect(clear, [typed]);
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="danger" type="submit" busy=${busy} disabled=${!fits}>${t('delete-room')}<//>
  `;
  return html`
    <${Dialog} title=${t('delete-room-title', { name })} footer=${footer} onSubmit=${submit}>
      <p>${t('delete-room-text')}</p>
      <${Field} label=${t('type-name', { name })} value=${typed} onInput=${setTyped} error=${error && errorText(error)} autocomplete="off" autofocus />
    <//>
  `;
}
