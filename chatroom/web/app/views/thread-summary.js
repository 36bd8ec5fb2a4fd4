/** The row below a message with a thread: faces, count and last reply. */
import { Avatar } from '../components/avatar.js';
import { t, when } from '../i18n.js';
import { html } from '../lib.js';
import { href } from '../router.js';

const MAX_FACES = 3;

/** @param {{room: string, replies: any}} props */
export const ThreadSummary = ({ room, replies: { root, ...summary } }) => html`
  <a class="thread-summary" href=${href({ view: 'room', room, panel: { name: 'thread', root } })}><${Faces} ...${summary} /></a>
`;

/** @param {{users: readonly string[], count: number, lastTimestamp: number}} props */
export const Faces = ({ users, count, lastTimestamp }) => html`
  ${users.slice(0, MAX_FACES).map((name) => html`<${Avatar} key=${name} name=${name} size="small" />`)}
  <span class="strong">${t('replies', { count })}</span>
  <span class="meta">${t('last-reply', { when: when(lastTimestamp) })}</span>
`;
