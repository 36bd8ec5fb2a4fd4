/** What moderators do to people: the dialogs for bans and mutes, and which acts somebody may use on whom. */
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { Dialog, closeDialog, confirm } from '../components/dialog.js';
import { Choice, Field } from '../components/field.js';
import { t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { client, me } from '../stores/session.js';
import { errorText, toast } from '../stores/toasts.js';
import { SPANS_MS, endOf, spanOptions } from '../times.js';

const RANKS = { member: 1, moderator: 2, owner: 3 };

/** @typedef {'owner' | 'moderator' | 'member'} Role */

/**
 * Whether somebody with a role may moderate a person with another, or none.
 * @param {Role | undefined} mine
 * @param {Role | null | undefined} theirs
 */
export const moderates = (mine, theirs) => !!mine && mine !== 'member' && RANKS[mine] > (theirs ? RANKS[theirs] : 0);

/** @param {string} room @param {string} person */
export const askToRemove = (room, person) =>
  confirm({
    title: t('remove-person', { name: client().people.name(person) }),
    text: t('remove-person-text'),
    action: t('remove'),
    act: () => client().calls.removeMember({ room, user: person }),
  });

/** @typedef {{room: string, user: string, done?: () => unknown}} About */

/** @param {About} props */
export const Ban = (props) => html`<${Sanction} act="ban" ...${props} />`;

/** @param {About} props */
export const Mute = (props) => html`<${Sanction} act="mute" ...${props} />`;

/** A ban or mute: until when, why, and whether to delete messages. @param {About & {act: 'ban' | 'mute'}} props */
function Sanction({ act, room, user, done }) {
  const [span, setSpan] = useState(act === 'ban' ? 'never' : 'day');
  const [reason, setReason] = useState('');
  const [deleted, setDeleted] = useState('none');
  const name = client().people.name(user);
  const { busy, error, run: submit } = useAction(async () => {
    const { calls } = client();
    await calls[act]({ room, user, until: endOf(span), reason: reason.trim() || undefined });
    if (deleted !== 'none') await deleteMessages(room, user, deleted);
    closeDialog();
    done?.();
    toast(t(`${act}-done`, { name }));
  });
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="danger" type="submit" busy=${busy}>${t(act)}<//>
  `;
  return html`
    <${Dialog} title=${t(`${act}-person`, { name })} footer=${footer} onSubmit=${submit}>
      <p>${t(`${act}-text`)}</p>
      <${Choice} label=${t('until')} value=${span} options=${spanOptions(['hour', 'day', 'week', 'month', 'never'])} onChange=${setSpan} />
      <${Field} label=${t('reason')} hint=${t('reason-hint')} value=${reason} onInput=${setReason} maxlength="200" />
      <${Choice}
        label=${t('delete-messages')}
        value=${deleted}
        options=${[['none', t('delete-none')], ...['hour', 'day', 'week'].map((id) => [id, t(`delete-${id}`)])]}
        onChange=${setDeleted}
      />
      ${error && html`<p class="error" role="alert">${errorText(error)}</p>`}
    <//>
  `;
}

/** Deletes somebody's latest messages. @param {About} props */
export function Sweep({ room, user }) {
  const [span, setSpan] = useState('hour');
  async function sweep() {
    await deleteMessages(room, user, span);
    closeDialog();
  }
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="danger" onPress=${sweep}>${t('delete')}<//>
  `;
  return html`
    <${Dialog} title=${t('sweep-person', { name: client().people.name(user) })} footer=${footer}>
      <${Choice} label=${t('delete-messages')} value=${span} options=${['hour', 'day', 'week'].map((id) => [id, t(`delete-${id}`)])} onChange=${setSpan} />
    <//>
  `;
}

/** Deletes somebody's messages of a span before now. @param {string} room @param {string} user @param {string} span */
async function deleteMessages(room, user, span) {
  const since = Date.now() - Number(SPANS_MS[span]);
  let before = /** @type {number | null} */ (null);
  do before = (await client().calls.deleteMessagesOf({ room, user, since, before })).next;
  while (before !== null);
}

/**
 * Asks before an owner gives up the own role.
 * @param {string} room
 * @param {string} person
 * @param {Role} role
 */
export async function changeRole(room, person, role) {
  const change = () => client().calls.setRole({ room, user: person, role });
  if (person !== me()) await change();
  else confirm({ title: t('give-up-role'), text: t('give-up-role-text'), action: t('give-up'), act: change });
}
