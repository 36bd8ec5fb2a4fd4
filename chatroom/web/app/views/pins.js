/** The pinned messages of a room, the last pinned first. */
import { Avatar } from '../components/avatar.js';
import { IconButton } from '../components/button.js';
import { Empty } from '../components/empty.js';
import { PagedList } from '../components/list.js';
import { PanelFrame } from '../components/panel-frame.js';
import { partnerOf } from '../../chatroom/index.js';
import { t, when } from '../i18n.js';
import { html, useEffect, useMemo, useView } from '../lib.js';
import { goToMessage } from '../router.js';
import { client, me } from '../stores/session.js';
import { Markdown } from './markdown.js';
import { PersonName } from './names.js';

/** @param {{room: string}} props */
export function Pins({ room }) {
  const { info } = useView(client().room(room));
  const view = useMemo(() => client().pins(room), [room]);
  useEffect(
    () =>
      client().on('messageChanged', (message) => {
        if (message.room !== room) return;
        const known = view.state.items.some(({ seq }) => seq === message.seq);
        if (known && message.pinnedBy) view.update((all) => all.map((item) => (item.seq === message.seq ? message : item)));
        else if (known) view.update((all) => all.filter(({ seq }) => seq !== message.seq));
        else if (message.pinnedBy) view.refresh();
      }),
    [room, view],
  );
  const mayUnpin = !!partnerOf(room, me()) || (!!info && info.role !== 'member');
  const row = (/** @type {any} */ message) => html`<${Pinned} message=${message} mayUnpin=${mayUnpin} />`;
  const empty = html`<${Empty} icon="pin" text=${t('no-pins')} />`;
  return html`
    <${PanelFrame} title=${t('pins')}>
      <div class="panel-body scroll">
        <${PagedList} view=${view} label=${t('pins')} keyOf=${(/** @type {any} */ { seq }) => seq} row=${row} empty=${empty} />
      </div>
    <//>
  `;
}

/** @param {{message: any, mayUnpin: boolean}} props */
function Pinned({ message, mayUnpin }) {
  const { room, seq, sender, text, format, mentions, attachments, timestamp } = message;
  const unpin = () => client().calls.unpinMessage({ room, seq });
  return html`
    <article class="pinned-message">
      <${Avatar} name=${sender} />
      <div class="spread">
        <header class="row">
          <span class="spread truncate"><${PersonName} name=${sender} /> <time class="meta">${when(timestamp)}</time></span>
          <${IconButton} icon="forward" label=${t('go-to-message')} data-item onPress=${() => goToMessage(message)} />
          ${mayUnpin && html`<${IconButton} icon="close" label=${t('unpin')} onPress=${unpin} />`}
        </header>
        ${text ? html`<${Markdown} text=${text} plain=${format === 'plain'} mentions=${mentions} />` : html`<p class="meta">${attachments?.[0]?.name ?? t('a-file')}</p>`}
      </div>
    </article>
  `;
}
