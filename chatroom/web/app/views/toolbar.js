/** What can be done with a message: a toolbar on hover and focus, the rest in a menu. */
import { IconButton } from '../components/button.js';
import { html } from '../lib.js';
import { t } from '../i18n.js';
import { actionsOf, showActions } from './message-actions.js';
import { recentEmoji } from '../stores/emoji.js';

/** @param {{message: any, view: any, onReply: (message: any) => void}} props */
export function Toolbar({ message, view, onReply }) {
  const actions = actionsOf(message, view, onReply);
  const byId = Object.fromEntries(actions.map((action) => [action.id, action]));
  return html`
    <div class="toolbar" role="toolbar" aria-label=${t('message-actions')} data-hold="toolbar">
      ${byId.react &&
      recentEmoji.value
        .slice(0, 3)
        .map((emoji) => html`<button key=${emoji} type="button" class="button quiet square" aria-label=${t('react-with', { emoji })} onClick=${() => view.react(message.seq, emoji)}>${emoji}</button>`)}
      ${['react', 'reply', 'thread', 'edit']
        .filter((id) => byId[id])
        .map((id) => html`<${IconButton} key=${id} icon=${byId[id].icon} label=${byId[id].text} onPress=${byId[id].act} />`)}
      <${IconButton} icon="more" label=${t('more')} onPress=${(/** @type {any} */ event) => showActions(event.currentTarget, message, view, onReply)} />
    </div>
  `;
}
