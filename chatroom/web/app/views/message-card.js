/** A message outside its room, for lists of found messages. A press leads to it. */
import { Avatar } from '../components/avatar.js';
import { dateAndTime, t, when } from '../i18n.js';
import { html, useView } from '../lib.js';
import { client } from '../stores/session.js';
import { Markdown } from './markdown.js';
import { PersonName, roomName } from './names.js';

/**
 * @param {object} props
 * @param {any} props.message
 * @param {string} props.link the address
 * @param {string} props.label of the link
 * @param {any} [props.body] in place of the text
 * @param {any} [props.children] below the text
 */
export function MessageCard({ message, link, label, body, children }) {
  const { room, sender, timestamp, text, format, mentions, attachments, files, truncated } = message;
  useView(client().people);
  const count = attachments?.length ?? files ?? 0;
  return html`
    <article class="card">
      <a class="card-link" data-item href=${link} aria-label=${label}></a>
      <${Avatar} name=${sender} />
      <div class="card-body">
        <header class="message-head">
          <${PersonName} name=${sender} />
          <span class="meta truncate" dir="auto">${roomTitle(room)}</span>
          <time class="meta" datetime=${new Date(timestamp).toISOString()} title=${dateAndTime(timestamp)}>${when(timestamp)}</time>
        </header>
        <div class="card-text">${body ?? html`<${Markdown} text=${truncated ? `${text}…` : text} plain=${format === 'plain'} mentions=${mentions} />`}</div>
        ${count > 0 && html`<p class="meta">${t('file-count', { count })}</p>`}
        ${children}
      </div>
    </article>
  `;
}

/** Returns a room's title as the inbox has it. @param {string} room */
export const roomTitle = (room) => roomName(room, client().inbox.entry(room));
