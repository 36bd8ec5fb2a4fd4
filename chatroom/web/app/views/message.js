/** One message. It is drawn anew only when it has changed. */
import { Avatar } from '../components/avatar.js';
import { Icon } from '../components/icon.js';
import { dateAndTime, t, timeOfDay } from '../i18n.js';
import { Component, cx, html, useComputed } from '../lib.js';
import { goToMessage, goToPanel } from '../router.js';
import { client, me } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';
import { isEdited } from '../stores/drafts.js';
import { Attachments, Editor, Toolbar, Uploads } from './lazy.js';
import { Markdown } from './markdown.js';
import { plainText } from './markdown-tokens.js';
import { PersonName } from './names.js';
import { Reactions } from './reactions.js';
import { ThreadSummary } from './thread-summary.js';

/**
 * @typedef {object} Props
 * @property {{key: string, message: any, first: boolean, pending: boolean}} row `first`: whether it begins a group
 * @property {import('../lib.js').Signal<string | null>} active
 * @property {(message: any) => void} onReply
 */
/** @extends {Component<Props, {}>} */
export class Message extends Component {
  /** @param {Props} next */
  shouldComponentUpdate({ row: { message, first, pending } }) {
    const { row } = this.props;
    return message !== row.message || first !== row.first || pending !== row.pending;
  }

  render(/** @type {Props} */ { row, active, onReply }) {
    const { key, message, first, pending } = row;
    const mine = message.sender === me();
    const toMe = !mine && (message.mentions?.includes(me()) || message.mentions?.includes('room'));
    return html`
      <article
        class=${cx('message', first && 'first', pending && 'pending', toMe && 'to-me', message.status === 'refused' && 'refused')}
        data-key=${key}
        data-seq=${message.seq}
        tabindex="-1"
        aria-label=${`${client().people.name(message.sender)}, ${timeOfDay(message.timestamp)}`}
      >
        ${message.replyTo !== undefined && html`<${Quote} message=${message} />`}
        <div class="gutter">
          ${first
            ? html`<button type="button" tabindex="-1" aria-hidden="true" onClick=${() => openProfile(message.sender)}><${Avatar} name=${message.sender} /></button>`
            : html`<time class="meta" datetime=${new Date(message.timestamp).toISOString()}>${timeOfDay(message.timestamp)}</time>`}
        </div>
        <div class="message-body">
          ${first &&
          html`
            <header class="message-head">
              <button type="button" class="sender" onClick=${() => openProfile(message.sender)}><${PersonName} name=${message.sender} /></button>
              <time class="meta" datetime=${new Date(message.timestamp).toISOString()} title=${dateAndTime(message.timestamp)}>
                ${timeOfDay(message.timestamp)}
              </time>
              ${message.pinnedBy && html`<span class="meta pinned"><${Icon} name="pin" label=${t('pinned')} /></span>`}
            </header>
          `}
          <${Content} message=${message} />
          ${pending && html`<${PendingState} message=${message} />`}
        </div>
        ${!pending && !message.deleted && html`<${ActiveToolbar} row=${key} active=${active} message=${message} onReply=${onReply} />`}
      </article>
    `;
  }
}

/** @param {string} person */
const openProfile = (person) => goToPanel({ name: 'person', person });

/** @param {{message: any}} props */
function Content({ message }) {
  if (message.deleted) return html`<p class="text deleted">${t('message-deleted')}</p>`;
  const { text, format, mentions, editedAt, attachments, files, reactions, replies } = message;
  return html`
    ${isEdited(message)
      ? html`<${Editor} message=${message} />`
      : text && html`<${Markdown} text=${text} plain=${format === 'plain'} mentions=${mentions} />`}
    ${editedAt && !isEdited(message) && html`<span class="meta edited" title=${dateAndTime(editedAt)}>${t('edited')}</span>`}
    ${attachments?.length > 0 && html`<${Attachments} message=${message} />`} ${files?.length > 0 && html`<${Uploads} message=${message} />`}
    ${reactions?.length > 0 && html`<${Reactions} message=${message} />`}
    ${replies && html`<${ThreadSummary} room=${message.room} replies=${replies} />`}
  `;
}

/** The message that this one answers. @param {{message: any}} props */
function Quote({ message }) {
  const { quote, replyTo, room, thread } = message;
  const words = !quote ? t('earlier-message') : quote.deleted ? t('message-deleted') : plainText(quote.text) || t('a-file');
  const open = () => goToMessage({ room, seq: replyTo, thread });
  return html`
    <button type="button" class="quote" onClick=${open}>
      <${Icon} name="reply" />
      ${quote && html`<${PersonName} name=${quote.sender} />`}
      <span class="truncate">${words}</span>
    </button>
  `;
}

/** @param {{message: any}} props */
function PendingState({ message }) {
  const { status, error, clientId } = message;
  const { outbox } = client();
  if (status === 'refused') {
    return html`
      <p class="pending-state error" role="alert">
        <${Icon} name="warning" /><span>${t('not-sent')} ${errorText(error)}</span>
        <button type="button" class="link" onClick=${() => outbox.retry(clientId)}>${t('retry')}</button>
        <button type="button" class="link" onClick=${() => outbox.discard(clientId)}>${t('discard')}</button>
      </p>
    `;
  }
  if (status !== 'waiting' && status !== 'uploading') return null;
  return html`
    <p class="pending-state meta">
      ${status === 'waiting' && html`<span>${t('waiting-to-send')}</span>`}
      <button type="button" class="link" onClick=${() => outbox.discard(clientId)}>${t('discard')}</button>
    </p>
  `;
}

/** The toolbar, only while the row is pointed at or has the focus. @param {any} props */
function ActiveToolbar({ row, active, ...props }) {
  const shown = useComputed(() => active.value === row);
  return shown.value ? html`<${Toolbar} ...${props} />` : null;
}
