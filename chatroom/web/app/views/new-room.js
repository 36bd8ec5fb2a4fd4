/** The dialog that makes a room. */
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { Dialog, closeDialog } from '../components/dialog.js';
import { Check, Field } from '../components/field.js';
import { t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { goToRoom } from '../router.js';
import { client } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';

/** Returns a room's name made of its title. @param {string} title */
const nameOf = (title) =>
  title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);

export function NewRoom() {
  const [title, setTitle] = useState('');
  const [own, setOwn] = useState(/** @type {string | null} */ (null));
  const [topic, setTopic] = useState('');
  const [closed, setClosed] = useState(false);
  const [fallback] = useState(() => `room-${Math.random().toString(36).slice(2, 8)}`); // for titles without Latin letters
  const room = own ?? (nameOf(title) || (title.trim() && fallback));
  const { busy, error, run: create } = useAction(async () => {
    await client().calls.createRoom({ room, visibility: closed ? 'private' : 'public', title: title.trim() || undefined, topic: topic.trim() || undefined });
    closeDialog();
    goToRoom(room);
  });
  const taken = error?.reason === 'conflict';
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="primary" type="submit" busy=${busy} disabled=${!room}>${t('create-room')}<//>
  `;
  return html`
    <${Dialog} title=${t('new-room')} footer=${footer} onSubmit=${create}>
      <${Field} label=${t('room-title')} hint=${t('room-title-hint')} value=${title} onInput=${setTitle} maxlength="80" autofocus />
      <${Field} label=${t('room-name')} hint=${t('room-name-hint')} error=${taken ? t('room-name-taken') : null} value=${room} onInput=${setOwn} maxlength="64" />
      <${Field} label=${t('topic')} hint=${t('topic-hint')} value=${topic} onInput=${setTopic} maxlength="250" />
      <${Check} label=${t('private-room')} hint=${t('private-room-hint')} checked=${closed} onChange=${setClosed} />
      ${error && !taken && html`<p class="error" role="alert">${errorText(error)}</p>`}
    <//>
  `;
}
