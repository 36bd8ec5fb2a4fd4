/** What can be done with a message: a toolbar on hover and focus, the rest in a menu. */
import { IconButton } from '../components/button.js';
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { recentEmoji } from '../stores/emoji.js';
import { actionsOf, showActions } from './message-actions.js';
import { react } from './reactions.js';

const SHOWN = ['react', 'reply', 'thread', 'edit'];
const QUICK_REACTIONS = 3;

/** @param {{message: any, onReply: (message: any) => void}} props */
export function Toolbar({ message, onReply }) {
  const actions = actionsOf(message, onReply).filter(({ id }) => SHOWN.includes(id));
  const reacts = actions[0]?.id === 'react';
  return html`
    <div class="toolbar" role="toolbar" aria-label=${t('message-actions')}>
      ${reacts &&
      recentEmoji.value
        .slice(0, QUICK_REACTIONS)
        .map((emoji) => html`<button key=${emoji} type="button" class="button quiet square emoji" aria-label=${t('react-with', { emoji })} onClick=${() => react(message, emoji)}>${emoji}</button>`)}
      ${actions.map(({ id, icon, text, act }) => html`<${IconButton} key=${id} icon=${icon} label=${text} onPress=${act} />`)}
      <${IconButton} icon="more" label=${t('more')} onPress=${(/** @type {any} */ event) => showActions(event.currentTarget, message, onReply)} />
    </div>
  `;
}
