/** The first steps of an admin: name the server, show oneself, make a room, invite people. */
import { Button } from '../components/button.js';
import { Icon } from '../components/icon.js';
import { showDialog } from '../components/dialog.js';
import { isGroup } from '../../chatroom/index.js';
import { t } from '../i18n.js';
import { cx, html, useView } from '../lib.js';
import { go } from '../router.js';
import { server } from '../stores/server.js';
import { client, me } from '../stores/session.js';
import { failed } from '../stores/toasts.js';
import { InviteToServer, NewRoom } from './lazy.js';

/** The names under which the account's settings say that a step or the whole guide is done. */
const INVITED = 'guideInvited';
const GUIDED = 'guideDone';
const DEFAULT_NAME = 'chatroom';

/** @typedef {{id: string, done: boolean, open: () => void}} Step */

/**
 * Returns the steps as long as they are shown: until all are done or they are put away; for others than admins, none. Undefined until
 * it is known.
 * @returns {readonly Step[] | undefined}
 */
export function useFirstSteps() {
  const { rooms, complete } = useView(client().inbox);
  const { status, settings } = useView(client().settings);
  const { serverRole, status: connection } = useView(client().connection);
  const mine = useView(client().people, ({ profiles }) => profiles.get(me()));
  if (serverRole !== 'admin' || (status === 'loading' && connection !== 'connected')) return [];
  if (!complete || status === 'loading') return undefined;
  const steps = [
    { id: 'name', done: server.value.name !== DEFAULT_NAME, open: () => go({ view: 'admin', tab: 'server' }) },
    { id: 'profile', done: !!mine && (!!mine.avatar || mine.displayName !== mine.name), open: () => go({ view: 'settings', tab: 'profile' }) },
    { id: 'room', done: rooms.some(({ kind, room }) => kind === 'room' && !isGroup(room)), open: () => showDialog(NewRoom) },
    { id: 'invite', done: !!settings[INVITED], open: invite },
  ];
  return settings[GUIDED] || steps.every(({ done }) => done) ? [] : steps;
}

/** @param {string} name */
const note = (name) => client().settings.update((settings) => ({ ...settings, [name]: true })).catch(failed);

function invite() {
  showDialog(InviteToServer, { onMade: () => note(INVITED) });
}

/** @param {{steps: readonly Step[]}} props */
export const FirstSteps = ({ steps }) => html`
  <section class="guide" aria-label=${t('first-steps')}>
    <div>
      <h1>${t('welcome', { server: server.value.name })}</h1>
      <p class="meta">${t('first-steps-hint')}</p>
    </div>
    <ol class="plain">
      ${steps.map(
        ({ id, done, open }, index) => html`
          <li key=${id} class=${cx('step', done && 'done')}>
            <span class="step-sign">${done ? html`<${Icon} name="check" label=${t('done')} />` : index + 1}</span>
            <div class="spread">
              <p class="strong">${t(`step-${id}`)}</p>
              <p class="meta">${t(`step-${id}-hint`)}</p>
            </div>
            ${!done && html`<${Button} kind=${steps.findIndex((step) => !step.done) === index ? 'primary' : 'plain'} onPress=${open}>${t(`step-${id}-action`)}<//>`}
          </li>
        `,
      )}
    </ol>
    <div><${Button} kind="quiet" onPress=${() => note(GUIDED)}>${t('put-away')}<//></div>
  </section>
`;

/** On phones the sidebar is what the page opens with. */
export function StepsOnPhone() {
  const steps = useFirstSteps();
  return steps?.length ? html`<${FirstSteps} steps=${steps} />` : null;
}
