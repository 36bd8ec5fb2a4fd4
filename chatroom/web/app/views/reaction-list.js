/** Who reacted to a message, by emoji. */
import { Avatar } from '../components/avatar.js';
import { Button } from '../components/button.js';
import { Dialog } from '../components/dialog.js';
import { Empty } from '../components/empty.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { html, useMemo, useView } from '../lib.js';
import { client } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';
import { PersonName } from './names.js';

/** @param {{room: string, seq: number}} props */
export function ReactionList({ room, seq }) {
  const list = useMemo(() => client().list('listReactions', { room, seq }), [room, seq]);
  const { items, hasMore, loading, error } = useView(list);
  const byEmoji = Map.groupBy(items, (/** @type {any} */ { emoji }) => emoji);
  return html`
    <${Dialog} title=${t('reactions')}>
      ${[...byEmoji].map(
        ([emoji, each]) => html`
          <section key=${emoji} class="reactors" aria-label=${emoji}>
            <span class="reactors-emoji" aria-hidden="true">${emoji}</span>
            <ul class="plain">
              ${each.map(({ user }) => html`<li key=${user.name} class="row"><${Avatar} name=${user.name} size="small" /><${PersonName} name=${user.name} /></li>`)}
            </ul>
          </section>
        `,
      )}
      ${loading
        ? html`<div class="centered"><${Spinner} /></div>`
        : error
          ? html`<${Empty} icon="warning" text=${errorText(error)}><${Button} onPress=${list.refresh}>${t('retry')}<//><//>`
          : !items.length
            ? html`<${Empty} icon="smile" text=${t('no-reactions')} />`
            : hasMore && html`<${Button} onPress=${list.more}>${t('show-more')}<//>`}
    <//>
  `;
}
