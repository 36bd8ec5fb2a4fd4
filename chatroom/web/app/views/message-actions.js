/** The actions on a message, for the toolbar, the menu and the keyboard. */
import { partnerOf, permalink } from '../../chatroom/index.js';
import { BASE } from '../base.js';
import { copy } from '../components/copy.js';
import { showDialog } from '../components/dialog.js';
import { closeFloating, showMenu } from '../components/menu.js';
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { go } from '../router.js';
import { deleteLater } from '../stores/deletions.js';
import { edit } from '../stores/drafts.js';
import { recentEmoji } from '../stores/emoji.js';
import { client, me } from '../stores/session.js';
import { failed } from '../stores/toasts.js';
import { markUnread } from '../stores/reading.js';
import { Ban, Mute, ReactionList, Sweep } from './lazy.js';
import { pickReaction, react } from './reactions.js';

const QUICK_REACTIONS = 6;

/**
 * @typedef {object} Action
 * @property {string} id
 * @property {string} icon
 * @property {string} text
 * @property {string} [key] the key on a focused message
 * @property {boolean} [danger]
 * @property {(event?: {currentTarget: Element}) => unknown} act
 */

/**
 * @param {any} message
 * @param {(message: any) => void} onReply
 * @returns {Action[]}
 */
export function actionsOf(message, onReply) {
  const { room, seq, sender, thread, pinnedBy, text, reactions } = message;
  const view = client().room(room);
  const { info } = view.state;
  const mine = sender === me();
  const direct = partnerOf(room, me()) !== null;
  const moderates = info !== null && info.role !== 'member' && !direct;
  const writes = info !== null && !info.archived;
  const run = (/** @type {Promise<unknown>} */ done) => done.catch(failed);
  const about = { room, user: sender };
  const name = client().people.name(sender);
  /** @type {(Action | false)[]} */
  const actions = [
    writes && { id: 'react', icon: 'smile', key: '+', text: t('react'), act: (event) => event && pickReaction(event.currentTarget, message) },
    writes && { id: 'reply', icon: 'reply', key: 'r', text: t('reply'), act: () => onReply(message) },
    thread === undefined && {
      id: 'thread',
      icon: 'thread',
      key: 't',
      text: t('reply-in-thread'),
      act: () => go({ view: 'room', room, panel: { name: 'thread', root: seq } }),
    },
    mine && writes && { id: 'edit', icon: 'edit', key: 'e', text: t('edit'), act: () => edit(message) },
    (moderates || direct) && {
      id: 'pin',
      icon: 'pin',
      key: 'p',
      text: pinnedBy ? t('unpin') : t('pin'),
      act: () => run(view.pin(seq, !pinnedBy)),
    },
    !mine &&
      thread === undefined && {
        id: 'mark-unread',
        icon: 'mail',
        key: 'u',
        text: t('mark-unread'),
        act: () => run(markUnread(room, seq)),
      },
    { id: 'copy-link', icon: 'link', text: t('copy-link'), act: () => run(copy(linkTo(message), t('link-copied'))) },
    text && { id: 'copy-text', icon: 'copy', text: t('copy-text'), act: () => run(copy(text, t('copied'))) },
    reactions?.length > 0 && { id: 'reactions', icon: 'list', text: t('who-reacted'), act: () => showDialog(ReactionList, { room, seq }) },
    (mine || moderates) && {
      id: 'delete',
      icon: 'trash',
      key: 'Delete',
      danger: true,
      text: t('delete'),
      act: () => deleteLater(message),
    },
    ...(moderates && !mine
      ? [
          { id: 'sweep', icon: 'trash', danger: true, text: t('sweep-person', { name }), act: () => showDialog(Sweep, about) },
          { id: 'mute', icon: 'bell-off', danger: true, text: t('mute-person', { name }), act: () => showDialog(Mute, about) },
          { id: 'ban', icon: 'shield', danger: true, text: t('ban-person', { name }), act: () => showDialog(Ban, about) },
        ]
      : []),
  ];
  return /** @type {Action[]} */ (actions.filter(Boolean));
}

/** Returns the address of a message, for people to send. @param {any} message */
const linkTo = ({ room, seq, thread }) => permalink(room, seq, { thread, base: `${BASE}/` });

/** Opens the menu of a message; on phones it begins with reactions. @param {Element} opener @param {any} message @param {(message: any) => void} onReply */
export function showActions(opener, message, onReply) {
  const actions = actionsOf(message, onReply);
  const items = actions.map(({ icon, text, key, danger, act }) => ({
    icon,
    text,
    danger,
    hint: key && keyName(key),
    act: () => act({ currentTarget: opener }),
  }));
  const head = actions[0]?.id === 'react' && html`<${QuickReactions} message=${message} />`;
  showMenu(opener, t('message-actions'), items, 'bottom-end', head);
}

const keyName = (/** @type {string} */ key) => (key === 'Delete' ? t('key-delete') : key.toUpperCase());

/** @param {{message: any}} props */
function QuickReactions({ message }) {
  return html`
    <div class="quick-reactions">
      ${recentEmoji.value.slice(0, QUICK_REACTIONS).map(
        (emoji) => html`
          <button
            key=${emoji}
            type="button"
            role="menuitem"
            class="quick-reaction"
            aria-label=${t('react-with', { emoji })}
            onClick=${() => {
              closeFloating();
              react(message, emoji);
            }}
          >
            ${emoji}
          </button>
        `,
      )}
    </div>
  `;
}

/**
 * Carries out the action of a key on a focused message.
 * @param {KeyboardEvent} event
 * @param {Element} row
 * @param {any} message
 * @param {(message: any) => void} onReply
 * @returns {boolean} whether the message has such an action
 */
export function actionKey(event, row, message, onReply) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === 'Enter' || event.key === 'ContextMenu') {
    showActions(row, message, onReply);
    return true;
  }
  const action = actionsOf(message, onReply).find(({ key }) => key === event.key);
  action?.act({ currentTarget: row });
  return action !== undefined;
}
