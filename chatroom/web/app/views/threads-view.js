/** All threads that I follow: those with something unread first, then by their last reply. */
import { Button } from '../components/button.js';
import { Empty } from '../components/empty.js';
import { PagedList } from '../components/list.js';
import { t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { href } from '../router.js';
import { heldPart, isPressed } from '../stores/layout.js';
import { client } from '../stores/session.js';
import { MessageCard, roomTitle } from './message-card.js';
import { Badge, useHeldOrder } from './sidebar.js';
import { Faces } from './thread-summary.js';
import { ViewFrame } from './view-frame.js';
import { Writing } from './writing.js';

export const ThreadsView = () => html`
  <${ViewFrame} title=${t('threads')}>
    <div data-hold="threads">
      <${PagedList}
        view=${client().threads}
        label=${t('threads')}
        keyOf=${keyOf}
        useOrder=${useUnreadFirst}
        row=${(/** @type {any} */ thread) => html`<${ThreadCard} thread=${thread} />`}
        empty=${html`<${Empty} icon="thread" text=${t('no-threads')} />`}
      />
    </div>
  <//>
`;

const keyOf = (/** @type {any} */ { room, thread }) => `${room} ${thread}`;

/** @param {readonly any[]} threads */
function useUnreadFirst(threads) {
  const byKey = new Map(threads.map((thread) => [keyOf(thread), thread]));
  const order = (/** @type {any} */ one, /** @type {any} */ other) =>
    Number(other.unread > 0) - Number(one.unread > 0) || other.lastTimestamp - one.lastTimestamp;
  const held = heldPart.value === 'threads' || isPressed.value;
  return useHeldOrder([...threads].sort(order).map(keyOf), held).map((key) => byKey.get(key));
}

/** @param {{thread: any}} props */
function ThreadCard({ thread: { room, thread, count, lastTimestamp, users, unread, mentions, message } }) {
  const [replies, setReplies] = useState(false);
  // A root that was pruned leaves its thread.
  const root = message ?? { room, seq: thread, sender: users[0], timestamp: lastTimestamp, text: t('earlier-message') };
  const label = t('open-thread', { name: client().people.name(root.sender), room: roomTitle(room) });
  return html`
    <${MessageCard} message=${root} link=${href({ view: 'room', room, panel: { name: 'thread', root: thread } })} label=${label}>
      <div class=${unread > 0 ? 'card-foot unread' : 'card-foot'}>
        <${Faces} users=${users} count=${count} lastTimestamp=${lastTimestamp} /><${Badge} unread=${unread} mentions=${mentions} />
        <${Button} kind="quiet" icon="reply" pressed=${replies} onPress=${() => setReplies(!replies)}>${t('reply')}<//>
      </div>
      ${replies && html`<${Writing} view=${client().thread(room, thread)} room=${room} place=${`${room} ${thread}`} label=${t('reply-in-thread')} />`}
    <//>
  `;
}
