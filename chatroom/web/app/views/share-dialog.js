/** Asks to which room something goes that another application has shared, and puts it into the composer there. */
import { RoomSign } from '../components/avatar.js';
import { Dialog, closeDialog } from '../components/dialog.js';
import { SearchField } from '../components/search-field.js';
import { isGroup, partnerOf } from '../../chatroom/index.js';
import { fits, fold } from '../fuzzy.js';
import { t } from '../i18n.js';
import { html, useState, useView } from '../lib.js';
import { goToRoom } from '../router.js';
import { changeDraft, draftOf } from '../stores/drafts.js';
import { client, me } from '../stores/session.js';
import { addFiles } from '../stores/uploads.js';
import { roomName } from './names.js';

/** @param {{text: string, files: File[]}} props */
export function Share({ text, files }) {
  const { rooms } = useView(client().inbox);
  useView(client().people);
  const [query, setQuery] = useState('');
  const wanted = fold(query.trim());
  const named = rooms.map((/** @type {any} */ entry) => ({ entry, name: roomName(entry.room, entry) }));
  const shown = named.filter(({ name }) => fits(wanted, fold(name)) > 0);
  async function choose(/** @type {string} */ room) {
    const draft = draftOf(me(), room).peek();
    const all = await addFiles(draft.files, files);
    changeDraft(me(), room, { text: [draft.text, text].filter(Boolean).join('\n'), files: all });
    closeDialog();
    goToRoom(room);
  }
  return html`
    <${Dialog} title=${t('share-to')}>
      <p class="meta truncate" dir="auto">${[text, files.length > 0 && t('file-count', { count: files.length })].filter(Boolean).join(' · ')}</p>
      <${SearchField} label=${t('search-rooms')} value=${query} onInput=${setQuery} />
      <ul class="plain list">
        ${shown.map(
          ({ entry: { room, kind, visibility }, name }) => html`
            <li key=${room}>
              <button type="button" class="line" onClick=${() => choose(room)}>
                <${RoomSign} kind=${isGroup(room) ? 'group' : kind} with=${partnerOf(room, me()) ?? undefined} visibility=${visibility} />
                <span class="spread truncate" dir="auto">${name}</span>
              </button>
            </li>
          `,
        )}
      </ul>
      ${!shown.length && html`<p class="meta">${t('nothing-found')}</p>`}
    <//>
  `;
}
