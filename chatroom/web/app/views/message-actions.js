/** The actions on a message, for the toolbar, the menu and the keyboard. */
import { permalink } from '../../chatroom/index.js';
import { showMenu, showPopover } from '../components/menu.js';
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { go } from '../router.js';
import { deleteLater } from '../stores/deletions.js';
import { edit } from '../stores/editing.js';
import { me } from '../stores/session.js';
import { failed, toast } from '../stores/toasts.js';
import { EmojiPicker } from './emoji-picker.js';

/**
 * @typedef {object} Action
 * @property {string} id
 * @property {string} icon
 * @property {string} text
 * @property {string} [key] the key on a focused message
 * @property {boolean} [danger]
 * @property {(event?: any) => unknown} act
 */

/**
 * @param {any} message
 * @param {any} view of the room or thread
 * @param {(message: any) => void} onReply
 * @returns {Action[]}
 */
export function actionsOf(message, view, onReply) {
  const { room, seq, sender, thread, pinnedBy, text } = message;
  const mine = sender === me();
  const info = view.state.info;
  const moderates = info && info.role !== 'member';
  const run = (/** @type {Promise<unknown>} */ done) => done.catch(failed);
  /** @type {(Action | false)[]} */
  const actions = [
    { id: 'react', icon: 'smile', key: '+', text: t('react'), act: (event) => pickReaction(event?.currentTarget, view, seq) },
    { id: 'reply', icon: 'reply', key: 'r', text: t('reply'), act: () => onReply(message) },
    thread === undefined && {
      id: 'thread',
      icon: 'thread',
      key: 't',
      text: t('reply-in-thread'),
      act: () => go({ view: 'room', room, panel: { name: 'thread', root: seq } }),
    },
    mine && { id: 'edit', icon: 'edit', key: 'e', text: t('edit'), act: () => edit(message) },
    {
      id: 'pin',
      icon: 'pin',
      text: pinnedBy ? t('unpin') : t('pin'),
      act: () => run(view.pin(seq, !pinnedBy)),
    },
    { id: 'copy-link', icon: 'link', text: t('copy-link'), act: () => copy(permalink(room, seq), t('link-copied')) },
    { id: 'copy-text', icon: 'copy', text: t('copy-text'), act: () => copy(text, t('copied')) },
    (mine || moderates) && {
      id: 'delete',
      icon: 'trash',
      key: 'Delete',
      danger: true,
      text: t('delete'),
      act: () => deleteLater(message, view.remove),
    },
  ];
  return /** @type {Action[]} */ (actions.filter(Boolean));
}

/** @param {Element} opener @param {any} message @param {any} view @param {(message: any) => void} onReply */
export function showActions(opener, message, view, onReply) {
  const items = actionsOf(message, view, onReply).map(({ icon, text, key, danger, act }) => ({
    icon,
    text,
    danger,
    hint: key,
    act: () => act({ currentTarget: opener }),
  }));
  showMenu(opener, t('message-actions'), items, 'bottom-end');
}

/** @param {Element} opener @param {any} view @param {number} seq */
export function pickReaction(opener, view, seq) {
  const pick = (/** @type {string} */ emoji) => view.react(seq, emoji).catch(failed);
  showPopover(opener, t('react'), () => html`<${EmojiPicker} onPick=${pick} />`, 'top-end');
}

/** @param {string} text @param {string} words */
async function copy(text, words) {
  await navigator.clipboard.writeText(text);
  toast(words);
}
