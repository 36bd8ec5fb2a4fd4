/** A thread: the message below which it is, its replies, and a composer. */
import { Empty } from '../components/empty.js';
import { PanelFrame } from '../components/panel-frame.js';
import { Spinner } from '../components/spinner.js';
import { Button, IconButton } from '../components/button.js';
import { t } from '../i18n.js';
import { html, useEffect, useMemo, useView } from '../lib.js';
import { href, route } from '../router.js';
import { answer } from '../stores/drafts.js';
import { client, me } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';
import { MessageList } from './messages.js';
import { roomName } from './names.js';
import { ThreadRoot } from './thread-root.js';
import { Writing } from './writing.js';

/** @param {{room: string, root: number, seq?: number}} props `seq` is the reply to jump to */
export function ThreadPanel({ room, root, seq }) {
  const view = client().thread(room, root);
  const roomView = client().room(room);
  const state = useView(view);
  const info = useView(roomView, (each) => each.info);
  const name = useView(client().people, () => roomName(room, info));
  const place = `${room} ${root}`;
  useEffect(() => {
    if (seq !== undefined) view.jumpTo(seq).catch(() => {});
  }, [route.value, view]);
  const reply = (/** @type {any} */ message) => answer(me(), place, message);
  // Another row than that of the room, which may be edited beside it.
  const rowOfRoot = useMemo(() => state.root && { ...state.root, key: `root ${root}`, replies: null }, [state.root]);
  const { following } = state;
  const follow = () => view.follow(!following);
  const actions =
    following !== null &&
    html`<${IconButton} icon=${following ? 'bell' : 'bell-off'} label=${t(following ? 'unfollow-thread' : 'follow-thread')} pressed=${following} onPress=${follow} />`;
  return html`
    <${PanelFrame} title=${t('thread')} subtitle=${html`<a href=${href({ view: 'room', room, seq: root })} dir="auto">${name}</a>`} actions=${actions}>
      ${state.status === 'refused'
        ? html`<${Empty} icon="warning" text=${errorText(state.error)}><${Button} onPress=${() => roomView.refresh()}>${t('retry')}<//><//>`
        : state.window === 0 || following === null
          ? html`<div class="centered"><${Spinner} /></div>`
          : html`
              <${MessageList} view=${view} state=${withCursor(state)} root=${rowOfRoot} Root=${ThreadRoot} onReply=${reply} />
              <${Writing} view=${view} room=${room} place=${place} label=${t('reply-in-thread')} />
            `}
    <//>
  `;
}

/** Returns a thread's state with what the list needs to know of read and unread. @param {any} state */
function withCursor(state) {
  const headSeq = state.messages.at(-1)?.seq ?? 0;
  return { ...state, headSeq, readSeq: state.following ? state.readSeq : headSeq };
}
