/** No room is open: the first steps, or what to do. */
import { Button } from '../components/button.js';
import { Empty } from '../components/empty.js';
import { showDialog } from '../components/dialog.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { html, useView } from '../lib.js';
import { go } from '../router.js';
import { client } from '../stores/session.js';
import { FirstSteps, useFirstSteps } from './first-steps.js';
import { NewGroup, NewRoom } from './lazy.js';

export function Home() {
  const { rooms, complete } = useView(client().inbox);
  const steps = useFirstSteps();
  return html`
    <main class="conversation scroll" aria-label=${t('home')}>
      ${!complete || !steps
        ? html`<div class="centered"><${Spinner} /></div>`
        : steps.length
          ? html`<${FirstSteps} steps=${steps} />`
          : html`<${Choose} hasRooms=${rooms.length > 0} />`}
    </main>
  `;
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
