/** The reactions below a message, as chips; mine are pressed. */
import { Icon } from '../components/icon.js';
import { listed, t } from '../i18n.js';
import { cx, html, useView } from '../lib.js';
import { client } from '../stores/session.js';
import { pickReaction, react } from './message-actions.js';

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
