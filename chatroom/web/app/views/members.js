/** The members of a room, and for moderators those who are banned or muted. */
import { Button, IconButton } from '../components/button.js';
import { Dialog, closeDialog, showDialog } from '../components/dialog.js';
import { Empty } from '../components/empty.js';
import { PagedList } from '../components/list.js';
import { PanelFrame } from '../components/panel-frame.js';
import { SearchField } from '../components/search-field.js';
import { dateAndTime, listed, t } from '../i18n.js';
import { html, useEffect, useMemo, useSettled, useState, useView } from '../lib.js';
import { goToPanel } from '../router.js';
import { client } from '../stores/session.js';
import { errorText, toast } from '../stores/toasts.js';
import { mayInvite } from './names.js';
import { PeoplePicker } from './people-picker.js';
import { PersonLine } from './person-line.js';

/** @param {{room: string}} props */
export function Members({ room }) {
  const { info } = useView(client().room(room));
  const [shown, setShown] = useState('members');
  const invite = mayInvite(info) && html`<${IconButton} icon="invite" label=${t('add-people')} onPress=${() => showDialog(AddPeople, { room })} />`;
  return html`
    <${PanelFrame} title=${t('members')} actions=${invite}>
      <div class="panel-body scroll panel-section dense">
        ${info && info.role !== 'member' && html`<${Segments} shown=${shown} onShow=${setShown} />`}
        ${shown === 'members' ? html`<${Present} room=${room} />` : html`<${Sanctioned} key=${shown} room=${room} act=${shown} />`}
      </div>
    <//>
  `;
}

/** @param {{shown: string, onShow: (shown: string) => void}} props */
const Segments = ({ shown, onShow }) => html`
  <div class="segments" role="group" aria-label=${t('members')}>
    ${['members', 'banned', 'muted-people'].map(
      (id) => html`<button key=${id} type="button" class="segment" aria-pressed=${String(shown === id)} onClick=${() => onShow(id)}>${t(id)}</button>`,
    )}
  </div>
`;

/** @param {{room: string}} props */
function Present({ room }) {
  const [query, setQuery] = useState('');
  const settled = useSettled(query.trim());
  const view = useMemo(() => client().members(room, settled), [room, settled]);
  useEffect(
    () =>
      client().on('memberChanged', (change) => {
        if (change.room !== room) return;
        const { items } = view.state;
        if (change.role === null) view.update((/** @type {readonly any[]} */ all) => all.filter(({ user }) => user !== change.user));
        else if (items.some((/** @type {any} */ { user }) => user === change.user)) {
          view.update((/** @type {readonly any[]} */ all) => all.map((item) => (item.user === change.user ? { ...item, role: change.role } : item)));
        } else view.refresh();
      }),
    [room, view],
  );
  return html`
    <${SearchField} label=${t('search-members')} value=${query} onInput=${setQuery} />
    <${PagedList} view=${view} label=${t('members')} keyOf=${(/** @type {any} */ { user }) => user} row=${memberRow} />
  `;
}

/** @param {import('../../chatroom/types.js').ListedMember} props */
const Member = ({ user, displayName, role, lookalike }) => html`
  <button type="button" data-item class="line" onClick=${() => goToPanel({ name: 'person', person: user })}>
    <${PersonLine} name=${user} displayName=${displayName}>
      ${lookalike && html`<span class="tag" title=${t('lookalike')}>${t('lookalike-tag')}</span>`}
      ${role !== 'member' && html`<span class="tag accent">${t(`role-${role}`)}</span>`}
    <//>
  </button>
`;

const memberRow = (/** @type {any} */ member) => html`<${Member} ...${member} />`;

/** @param {{room: string, act: string}} props */
function Sanctioned({ room, act }) {
  const bans = act === 'banned';
  const view = useMemo(() => client().list(bans ? 'listBans' : 'listMutes', { room }), [room, act]);
  useEffect(() => client().on('muteChanged', (change) => void (change.room === room && view.refresh())), [view]);
  async function end(/** @type {string} */ user) {
    if (bans) await client().calls.unban({ room, user });
    else await client().calls.unmute({ room, user });
    view.update((/** @type {readonly any[]} */ all) => all.filter((item) => item.user.name !== user));
  }
  const row = (/** @type {any} */ { user, by, until, reason }) => html`
    <div class="line tall">
      <${PersonLine} name=${user.name} displayName=${user.displayName} note=${sanctionNote(by, until, reason)} />
      <${Button} onPress=${() => end(user.name)}>${t(bans ? 'unban' : 'unmute')}<//>
    </div>
  `;
  const empty = html`<${Empty} icon="shield" text=${t(bans ? 'nobody-banned' : 'nobody-muted')} />`;
  return html`<${PagedList} view=${view} label=${t(act)} keyOf=${(/** @type {any} */ { user }) => user.name} row=${row} empty=${empty} />`;
}

/** @param {string} by @param {number} [until] @param {string} [reason] */
export function sanctionNote(by, until, reason) {
  const ended = until !== undefined && until <= Date.now();
  const when = until === undefined ? t('without-end') : t(ended ? 'ended-at' : 'until-time', { time: dateAndTime(until) });
  return [reason, when, t('by-person', { name: client().people.name(by) })].filter(Boolean).join(' · ');
}

/** Adds people to a room. @param {{room: string}} props */
export function AddPeople({ room }) {
  const [people, setPeople] = useState(/** @type {readonly string[]} */ ([]));
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState(/** @type {readonly string[]} */ ([]));
  async function add() {
    if (!people.length) return;
    setBusy(true);
    const { calls, people: known } = client();
    const results = await Promise.allSettled(people.map((user) => calls.invite({ room, user })));
    const failed = people.filter((_, index) => results[index].status === 'rejected');
    if (!failed.length) {
      closeDialog();
      toast(t('people-added', { names: listed(people.map((name) => known.name(name))) }));
      return;
    }
    setErrors(results.flatMap((result, index) => (result.status === 'rejected' ? [`${known.name(people[index])}: ${errorText(result.reason)}`] : [])));
    setPeople(failed);
    setBusy(false);
  }
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="primary" type="submit" busy=${busy} disabled=${!people.length}>${t('add')}<//>
  `;
  return html`
    <${Dialog} title=${t('add-people')} footer=${footer} onSubmit=${add}>
      <${PeoplePicker} label=${t('whom-to-add')} chosen=${people} onChange=${setPeople} />
      ${errors.map((text) => html`<p key=${text} class="error" role="alert">${text}</p>`)}
    <//>
  `;
}
