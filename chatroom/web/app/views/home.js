/** No room is open: the first steps, or what to do. */
import { Button } from '../components/button.js';
import { Empty } from '../components/empty.js';
import { Icon } from '../components/icon.js';
import { showDialog } from '../components/dialog.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { cx, html, useView } from '../lib.js';
import { go } from '../router.js';
import { server } from '../stores/server.js';
import { client, me } from '../stores/session.js';
import { failed } from '../stores/toasts.js';
import { InviteToServer, NewGroup, NewRoom } from './lazy.js';

/** The names under which the account's settings say that a step or the whole guide is done. */
const INVITED = 'guideInvited';
const GUIDED = 'guideDone';
const DEFAULT_NAME = 'chatroom';

export function Home() {
  const { rooms, complete } = useView(client().inbox);
  const { status, settings } = useView(client().settings);
  const { serverRole } = useView(client().connection);
  const named = useView(client().people, ({ profiles }) => profiles.get(me()));
  if (!complete || status === 'loading') return html`<main class="conversation" aria-label=${t('home')}><div class="centered"><${Spinner} /></div></main>`;
  const hasRoom = rooms.some((/** @type {any} */ { kind }) => kind === 'room');
  const steps = [
    { id: 'name', done: server.value.name !== DEFAULT_NAME, open: () => go({ view: 'admin', tab: 'server' }) },
    { id: 'profile', done: !!named?.avatar || (named && named.displayName !== named.name), open: () => go({ view: 'settings', tab: 'profile' }) },
    { id: 'room', done: hasRoom, open: () => showDialog(NewRoom) },
    { id: 'invite', done: !!settings[INVITED], open: invite },
  ];
  const guides = serverRole === 'admin' && !settings[GUIDED] && steps.some(({ done }) => !done);
  return html`
    <main class="conversation scroll" aria-label=${t('home')}>
      ${guides ? html`<${Guide} steps=${steps} />` : html`<${Choose} hasRooms=${rooms.length > 0} />`}
    </main>
  `;
}

/** @param {string} name */
const note = (name) => client().settings.update((settings) => ({ ...settings, [name]: true })).catch(failed);

function invite() {
  showDialog(InviteToServer, { onMade: () => note(INVITED) });
}

/** @param {{hasRooms: boolean}} props */
const Choose = ({ hasRooms }) => html`
  <${Empty} icon="thread" text=${t(hasRooms ? 'choose-a-room' : 'no-rooms-yet')}>
    <div class="row">
      <${Button} onPress=${() => go({ view: 'directory' })}>${t('browse-rooms')}<//>
      <${Button} onPress=${() => showDialog(NewGroup)}>${t('new-message')}<//>
      <${Button} kind="primary" onPress=${() => showDialog(NewRoom)}>${t('new-room')}<//>
    </div>
  <//>
`;

/** The first steps of an admin. It is gone when all are done, or is put away. @param {{steps: readonly {id: string, done: any, open: () => void}[]}} props */
const Guide = ({ steps }) => html`
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
