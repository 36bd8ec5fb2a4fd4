/** The reactions below a message, as chips; mine are pressed. */
import { Icon } from '../components/icon.js';
import { showPopover } from '../components/menu.js';
import { listed, t } from '../i18n.js';
import { cx, html, useView } from '../lib.js';
import { client } from '../stores/session.js';
import { failed } from '../stores/toasts.js';
import { EmojiPicker } from './lazy.js';

/** @param {any} message @param {string} emoji @param {boolean} [add] */
export const react = (message, emoji, add = true) => client().room(message.room).react(message.seq, emoji, add).catch(failed);

/** @param {Element} opener @param {any} message */
export function pickReaction(opener, message) {
  const pick = (/** @type {string} */ emoji) => react(message, emoji);
  showPopover(opener, t('react'), () => html`<${EmojiPicker} onPick=${pick} />`, 'top-end');
}

/** @param {{message: any}} props */
export function Reactions({ message }) {
  const { people } = client();
  useView(people);
  const { reactions, myReactions = [] } = message;
  const names = (/** @type {any} */ { users, count }) => {
    const known = users.map((/** @type {string} */ name) => people.name(name));
    return listed(count > users.length ? [...known, t('others', { count: count - users.length })] : known);
  };
  return html`
    <div class="reactions">
      ${reactions.map((/** @type {any} */ reaction) => {
        const { emoji, count } = reaction;
        const mine = myReactions.includes(emoji);
        const toggle = () => react(message, emoji, !mine);
        return html`
          <button
            key=${emoji}
            type="button"
            class=${cx('chip', mine && 'mine')}
            aria-pressed=${String(mine)}
            aria-label=${t('reaction', { emoji, count })}
            title=${names(reaction)}
            onClick=${toggle}
          >
            <span class="emoji">${emoji}</span> ${count}
          </button>
        `;
      })}
      <button
        type="button"
        class="chip add"
        aria-label=${t('react')}
        title=${t('react')}
        onClick=${(/** @type {any} */ event) => pickReaction(event.currentTarget, message)}
      >
        <${Icon} name="smile" />
      </button>
    </div>
  `;
}
