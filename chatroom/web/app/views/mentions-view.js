/** All messages that mention me, the newest first. */
import { Empty } from '../components/empty.js';
import { PagedList } from '../components/list.js';
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { href } from '../router.js';
import { client } from '../stores/session.js';
import { MessageCard, roomTitle } from './message-card.js';
import { ViewFrame } from './view-frame.js';

export const MentionsView = () => html`
  <${ViewFrame} title=${t('mentions')} top>
    <${PagedList}
      view=${client().mentions}
      label=${t('mentions')}
      keyOf=${(/** @type {any} */ { room, seq }) => `${room} ${seq}`}
      row=${(/** @type {any} */ message) => html`<${Mentioning} message=${message} />`}
      empty=${html`<${Empty} icon="at" text=${t('no-mentions')} />`}
    />
  <//>
`;

/** @param {{message: any}} props */
function Mentioning({ message }) {
  const { room, seq, thread, sender } = message;
  const place = thread === undefined ? { seq } : { panel: { name: /** @type {const} */ ('thread'), root: thread, seq } };
  const label = t('open-message', { name: client().people.name(sender), room: roomTitle(room) });
  return html`<${MessageCard} message=${message} link=${href({ view: 'room', room, ...place })} label=${label} />`;
}
