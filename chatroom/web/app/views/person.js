/** A person: profile, messages and blocks, the role in this room, and what moderators and admins may do. */
import { Avatar } from '../components/avatar.js';
import { Button } from '../components/button.js';
import { confirm, showDialog } from '../components/dialog.js';
import { Choice } from '../components/field.js';
import { PanelFrame } from '../components/panel-frame.js';
import { directRoom, partnerOf } from '../../chatroom/index.js';
import { dateAndTime, t } from '../i18n.js';
import { html, useEffect, useState, useView } from '../lib.js';
import { go, goToRoom, openRoom } from '../router.js';
import { blocked, loadBlocked, setBlocked } from '../stores/blocked.js';
import { client, me } from '../stores/session.js';
import { failed } from '../stores/toasts.js';
import { Ban, Mute, askToRemove, changeRole, moderates } from './moderation.js';
import { RoomNotifications } from './info.js';
import { sanctionNote } from './members.js';
import { statusOf } from './person-line.js';

/** @param {{room: string, person: string}} props */
export function PersonPanel({ room, person }) {
  return html`
    <${PanelFrame} title=${t('profile')}>
      <div class="panel-body scroll">
        <${Profile} name=${person} />
        ${partnerOf(room, me()) ? html`<${RoomNotifications} room=${room} />` : html`<${InRoom} room=${room} person=${person} />`}
        ${client().connection.state.serverRole === 'admin' && person !== me() && html`<${OnServer} person=${person} />`}
      </div>
    <//>
  `;
}

/** @param {{name: string}} props */
function Profile({ name }) {
  const { people } = client();
  const person = useView(people, ({ profiles }) => profiles.get(name));
  const isMe = name === me();
  useEffect(() => {
    people.want([name]);
    if (!blocked.value) loadBlocked().catch(failed);
  }, [name]);
  const status = statusOf(person);
  const isBlocked = blocked.value?.includes(name);
  const direct = directRoom(me(), name);
  return html`
    <section class="panel-section">
      <div class="profile-card">
        <${Avatar} name=${name} size="huge" presence />
        <h3 dir="auto">${people.name(name)}</h3>
        <p class="meta">@${name} · ${t(person?.online ? 'online' : 'not-online')}</p>
        ${status && html`<p dir="auto">${status.emoji} ${status.text}</p>`} ${status?.until && html`<p class="meta">${t('until-time', { time: dateAndTime(status.until) })}</p>`}
      </div>
      ${person?.lookalike && html`<p class="notice">${t('lookalike')}</p>`} ${isBlocked && html`<p class="notice">${t('you-block', { name: people.name(name) })}</p>`}
      <div class="form-foot">
        ${isMe
          ? html`<${Button} icon="edit" onPress=${() => go({ view: 'settings', tab: 'profile' })}>${t('edit-my-profile')}<//>`
          : html`
              ${openRoom.value !== direct && html`<${Button} kind="primary" icon="thread" onPress=${() => goToRoom(direct)}>${t('write')}<//>`}
              <${Button} onPress=${() => (isBlocked ? setBlocked(name, false) : askToBlock(name))}>${t(isBlocked ? 'unblock' : 'block')}<//>
            `}
      </div>
    </section>
  `;
}

/** @param {string} name */
const askToBlock = (name) =>
  confirm({
    title: t('block-person', { name: client().people.name(name) }),
    text: t('block-text'),
    action: t('block'),
    act: () => setBlocked(name, true),
  });

/**
 * What a person is in a room: the role, null for none, and if known the ban and mute.
 * @typedef {{role: import('./moderation.js').Role | null, ban?: any, mute?: any}} Standing
 */

/**
 * @param {string} room
 * @param {string} person
 * @param {boolean} asModerator
 * @returns {Promise<Standing>}
 */
async function standingOf(room, person, asModerator) {
  const { calls } = client();
  const find = async (/** @type {'listBans' | 'listMutes'} */ method) => {
    let after = /** @type {string | null} */ (null);
    do {
      const page = await calls[method]({ room, after, limit: 200 });
      const found = page.sanctions.find(({ user, until }) => user.name === person && !(until !== undefined && until <= Date.now()));
      if (found) return found;
      after = page.next;
    } while (after !== null);
    return undefined;
  };
  const member = async () => {
    let after = /** @type {string | null} */ (null);
    do {
      const page = await calls.listMembers({ room, query: person, after, limit: 200 });
      const found = page.members.find(({ user }) => user === person);
      if (found) return found.role;
      after = page.next;
    } while (after !== null);
    return null;
  };
  const [role, ban, mute] = await Promise.all([member(), asModerator ? find('listBans') : undefined, asModerator ? find('listMutes') : undefined]);
  return { role, ban, mute };
}

/** @param {{room: string, person: string}} props */
function InRoom({ room, person }) {
  const { info } = useView(client().room(room));
  const asModerator = !!info && info.role !== 'member';
  const [standing, setStanding] = useState(/** @type {Standing | null} */ (null));
  const [error, setError] = useState(false);
  useEffect(() => {
    let shown = true;
    const load = () =>
      standingOf(room, person, asModerator).then(
        (found) => shown && setStanding(found),
        () => shown && setError(true),
      );
    const changed = (/** @type {any} */ change) => void (change.room === room && change.user === person && load());
    if (info) load();
    const stops = [client().on('memberChanged', changed), client().on('muteChanged', changed)];
    return () => {
      shown = false;
      for (const stop of stops) stop();
    };
  }, [room, person, asModerator, !!info]);
  if (!standing || !info || error) return null;
  const { role, ban, mute } = standing;
  const acts = moderates(info.role, role);
  const { calls } = client();
  const reload = async () => setStanding(await standingOf(room, person, asModerator));
  const lift = (/** @type {Promise<unknown>} */ call) => call.then(reload);
  const mayChange = info.role === 'owner' && role && (role !== 'owner' || person === me());
  return html`
    <section class="panel-section" aria-label=${t('in-this-room')}>
      <h3>${t('in-this-room')}</h3>
      ${mayChange
        ? html`<${Choice} label=${t('role')} hint=${t('role-hint')} value=${role} options=${roleOptions()} onChange=${(/** @type {any} */ next) => changeRole(room, person, next).catch(failed)} />`
        : html`<p>${t(role ? `role-${role}` : 'role-none')}</p>`}
      ${ban && html`<p class="notice">${t('is-banned')} ${sanctionNote(ban.by, ban.until, ban.reason)}</p>`}
      ${mute && html`<p class="notice">${t('is-muted')} ${sanctionNote(mute.by, mute.until, mute.reason)}</p>`}
      ${acts &&
      html`
        <div class="form-foot">
          ${mute ? html`<${Button} onPress=${() => lift(calls.unmute({ room, user: person }))}>${t('unmute')}<//>` : html`<${Button} onPress=${() => showDialog(Mute, { room, user: person, done: reload })}>${t('mute')}<//>`}
          ${ban ? html`<${Button} onPress=${() => lift(calls.unban({ room, user: person }))}>${t('unban')}<//>` : html`<${Button} onPress=${() => showDialog(Ban, { room, user: person, done: reload })}>${t('ban')}<//>`}
          ${role ? html`<${Button} onPress=${() => askToRemove(room, person)}>${t('remove')}<//>` : !ban && html`<${Button} onPress=${() => calls.invite({ room, user: person })}>${t('add-to-room')}<//>`}
        </div>
      `}
    </section>
  `;
}

/** @returns {[string, string][]} */
const roleOptions = () => ['owner', 'moderator', 'member'].map((role) => [role, t(`role-${role}`)]);

/** @typedef {import('../../chatroom/types.js').Person} Person */

/** @param {{person: string}} props */
function OnServer({ person }) {
  const [account, setAccount] = useState(/** @type {Person | null} */ (null));
  const load = async () => {
    const { users } = await client().calls.getUsers({ users: [person] });
    setAccount(users[0] ?? null);
  };
  useEffect(() => void load().catch(failed), [person]);
  if (account?.name !== person) return null;
  return html`
    <section class="panel-section" aria-label=${t('on-the-server')}>
      <h3>${t('on-the-server')}</h3>
      <p class="row"><${AccountTags} account=${account} /></p>
      <div class="form-foot">
        ${accountActs(account, load).map(({ text, danger, act }) => html`<${Button} key=${text} kind=${danger ? 'danger' : 'plain'} onPress=${act}>${text}<//>`)}
      </div>
    </section>
  `;
}

/** What only admins see of an account. @param {{account: Person}} props */
export const AccountTags = ({ account: { serverRole, disabled } }) => html`
  ${serverRole === 'admin' && html`<span class="tag accent">${t('is-admin')}</span>`} ${disabled && html`<span class="tag">${t('is-disabled')}</span>`}
`;

/**
 * What an admin may do to an account.
 * @param {Person} account
 * @param {() => unknown} done called after an act
 */
export function accountActs({ name: user, displayName: name, serverRole, disabled }, done) {
  const { calls } = client();
  const ask = (/** @type {string} */ id, /** @type {() => Promise<unknown>} */ act) => () =>
    confirm({ title: t(`${id}-title`, { name }), text: t(`${id}-text`), action: t(id), act: () => act().then(done) });
  return [
    serverRole === 'admin'
      ? { icon: 'user', text: t('make-member'), danger: false, act: ask('make-member', () => calls.setServerRole({ user, role: 'member' })) }
      : { icon: 'shield', text: t('make-admin'), danger: false, act: ask('make-admin', () => calls.setServerRole({ user, role: 'admin' })) },
    disabled
      ? { icon: 'check', text: t('enable-account'), danger: false, act: ask('enable-account', () => calls.enableAccount({ user })) }
      : { icon: 'lock', text: t('disable-account'), danger: true, act: ask('disable-account', () => calls.disableAccount({ user })) },
    { icon: 'trash', text: t('erase-account'), danger: true, act: ask('erase-account', () => calls.eraseAccount({ user })) },
  ];
}
