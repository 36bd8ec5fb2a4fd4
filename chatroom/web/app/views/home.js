/** No room is open: what to do first. */
import { Button } from '../components/button.js';
import { Empty } from '../components/empty.js';
import { showDialog } from '../components/dialog.js';
import { t } from '../i18n.js';
import { html, useView } from '../lib.js';
import { go } from '../router.js';
import { client } from '../stores/session.js';
import { NewRoom } from './new-room.js';

export function Home() {
  const { rooms } = useView(client().inbox);
  return html`
    <main class="conversation" aria-label=${t('home')}>
      <${Empty} icon="thread" text=${t(rooms.length ? 'choose-a-room' : 'no-rooms-yet')}>
        <div class="row">
          <${Button} onPress=${() => go({ view: 'directory' })}>${t('browse-rooms')}<//>
          <${Button} kind="primary" onPress=${() => showDialog(NewRoom)}>${t('new-room')}<//>
        </div>
      <//>
    </main>
  `;
}
