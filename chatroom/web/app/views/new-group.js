/** The dialog for messages to one person, which opens their direct room, or to several, which makes a group. */
import { directRoom, uuid7 } from '../../chatroom/index.js';
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { Dialog, closeDialog } from '../components/dialog.js';
import { t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { goToRoom } from '../router.js';
import { client, me } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';
import { PeoplePicker } from './people-picker.js';

export function NewGroup() {
  const [people, setPeople] = useState(/** @type {readonly string[]} */ ([]));
  const [clientId] = useState(uuid7);
  const isGroup = people.length > 1;
  const { busy, error, run: open } = useAction(async () => {
    if (!people.length) return;
    const users = people.filter((name) => name !== me());
    const room = isGroup ? (await client().calls.createGroup({ users, clientId })).room : directRoom(me(), people[0]);
    closeDialog();
    goToRoom(room);
  });
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="primary" type="submit" busy=${busy} disabled=${!people.length}>${t(isGroup ? 'make-group' : 'write')}<//>
  `;
  return html`
    <${Dialog} title=${t('new-message')} footer=${footer} onSubmit=${open}>
      <${PeoplePicker} label=${t('to-whom')} chosen=${people} onChange=${setPeople} />
      ${error && html`<p class="error" role="alert">${errorText(error)}</p>`}
    <//>
  `;
}
