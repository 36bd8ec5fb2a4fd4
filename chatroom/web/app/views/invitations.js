/** Links by which people come to the server or into a room: made, copied, listed, revoked. */
import { isGroup } from '../../chatroom/index.js';
import { useAction } from '../action.js';
import { BASE } from '../base.js';
import { Button } from '../components/button.js';
import { CopyField } from '../components/copy.js';
import { Dialog, closeDialog, confirm, showDialog } from '../components/dialog.js';
import { Empty } from '../components/empty.js';
import { Icon } from '../components/icon.js';
import { Check, Choice } from '../components/field.js';
import { PagedList } from '../components/list.js';
import { dateAndTime, listed, shortDate, t } from '../i18n.js';
import { html, signal, useEffect, useMemo, useState, useView } from '../lib.js';
import { client, me } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';
import { endOf, spanOptions } from '../times.js';
import { roomName } from './names.js';

const USES = ['1', '10', '100', ''];

/** Counts the invitations made or revoked on this page, so that lists of them load anew. */
const changes = signal(0);

/** Returns the link that people open. @param {string} code */
const linkOf = (code) => `${BASE}/?invitation=${encodeURIComponent(code)}`;

const isAdmin = () => client().connection.state.serverRole === 'admin';

/**
 * @param {object} props
 * @param {string} [props.room] the one that people come into, at first
 * @param {() => void} [props.onMade] called when a link was made
 */
export function InviteToServer({ room: first = '', onMade }) {
  const { rooms } = client().inbox.state;
  const own = rooms.filter((/** @type {any} */ { kind, room }) => kind === 'room' || isGroup(room));
  const [room, setRoom] = useState(first || (isAdmin() ? '' : (own[0]?.room ?? '')));
  const [server, setServer] = useState(isAdmin());
  const [span, setSpan] = useState('week');
  const [uses, setUses] = useState('');
  const [code, setCode] = useState('');
  const { busy, error, run: make } = useAction(async () => {
    const params = { room: room || undefined, server: server || undefined, expiresAt: endOf(span), maxUses: uses ? Number(uses) : undefined };
    setCode((await client().calls.createInvitation(params)).code);
    changes.value++;
    onMade?.();
  });
  if (code) return html`<${Made} code=${code} />`;
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="primary" type="submit" icon="link" busy=${busy} disabled=${!room && !server}>${t('make-link')}<//>
  `;
  const options = [...(isAdmin() ? [['', t('no-room')]] : []), ...own.map((/** @type {any} */ entry) => [entry.room, roomName(entry.room, entry)])];
  return html`
    <${Dialog} title=${t('invite-people')} footer=${footer} onSubmit=${make}>
      <p class="meta">${t('invite-text')}</p>
      ${!options.length && html`<p class="notice">${t('no-room-to-invite-to')}</p>`}
      <${Choice} label=${t('into-room')} value=${room} options=${options} onChange=${setRoom} />
      ${isAdmin() && room && html`<${Check} label=${t('may-sign-up')} hint=${t('may-sign-up-hint')} checked=${server} onChange=${setServer} />`}
      <div class="fields">
        <${Choice} label=${t('valid-for')} value=${span} options=${spanOptions(['day', 'week', 'month', 'never'])} onChange=${setSpan} />
        <${Choice} label=${t('valid-uses')} value=${uses} options=${USES.map((count) => [count, count ? t('people-number', { count: Number(count) }) : t('any-number')])} onChange=${setUses} />
      </div>
      ${error && html`<p class="error" role="alert">${error.reason === 'forbidden' ? t('may-not-invite') : errorText(error)}</p>`}
    <//>
  `;
}

/** @param {{code: string}} props */
function Made({ code }) {
  const footer = html`<${Button} onPress=${closeDialog}>${t('done')}<//>`;
  return html`
    <${Dialog} title=${t('invite-people')} footer=${footer}>
      <p>${t('link-made')}</p>
      <${CopyField} label=${t('invitation-link')} text=${linkOf(code)} />
    <//>
  `;
}

/**
 * The links that I made, or those to a room, or for an admin all.
 * @param {{room?: string}} props
 */
export function InvitationList({ room }) {
  const view = useMemo(() => client().list('listInvitations', room ? { room } : {}), [room]);
  const changed = changes.value;
  useEffect(() => {
    if (changed) view.refresh();
  }, [changed]);
  const empty = html`<${Empty} icon="ticket" text=${t('no-invitations')} />`;
  return html`
    <${PagedList} view=${view} label=${t('invitations')} keyOf=${(/** @type {any} */ { id }) => id} row=${(/** @type {any} */ item) => html`<${Invitation} invitation=${item} inRoom=${!!room} />`} empty=${empty} />
    <div><${Button} icon="plus" onPress=${() => showDialog(InviteToServer, { room })}>${t('new-invitation')}<//></div>
  `;
}

/** @param {{invitation: import('../../chatroom/types.js').ListedInvitation, inRoom: boolean}} props */
function Invitation({ invitation, inRoom }) {
  const { people } = client();
  useView(people);
  const { id, timestamp, by, room, server, expiresAt, maxUses, uses, users, revokedAt } = invitation;
  const expired = expiresAt !== undefined && expiresAt <= Date.now();
  const used = maxUses !== undefined && uses >= maxUses;
  const past = revokedAt !== undefined || expired || used;
  const entry = room ? client().inbox.entry(room) : null;
  const where = [server && t('to-server'), room && !inRoom && (entry ? roomName(room, entry) : room)].filter((part) => typeof part === 'string');
  const state = revokedAt ? t('revoked') : expired ? t('expired') : used ? t('used-up') : expiresAt ? t('until-time', { time: dateAndTime(expiresAt) }) : t('without-end');
  const maker = by === undefined ? t('the-operator') : people.name(by);
  useEffect(() => people.want([...users, ...(by ? [by] : [])]), [users, by]);
  const revoke = () =>
    confirm({
      title: t('revoke-title'),
      text: t('revoke-text'),
      action: t('revoke'),
      act: async () => {
        await client().calls.revokeInvitation({ id });
        changes.value++;
      },
    });
  return html`
    <div class=${`line tall ${past ? 'past' : ''}`}>
      <${Icon} name="ticket" />
      <div class="spread line-text">
        <span class="strong">${where.length ? listed(where) : t('to-this-room')}</span>
        <span class="meta">${state} · ${maxUses ? t('uses-of', { uses, count: maxUses }) : t('uses-number', { count: uses })}</span>
        <span class="meta">${t('made-by', { name: by === me() ? t('me') : maker, date: shortDate(timestamp) })}</span>
        ${users.length > 0 && html`<span class="meta" dir="auto">${t('came-by', { names: listed(users.map((name) => people.name(name))) })}</span>`}
      </div>
      ${!past && html`<${Button} onPress=${revoke}>${t('revoke')}<//>`}
    </div>
  `;
}
