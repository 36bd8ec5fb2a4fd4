/** What a thread begins with. */
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { Message } from './message.js';

/** The message below which a thread is, and a line with the number of replies. @param {any} props */
export const ThreadRoot = ({ message, count, hasMore, active, onReply }) => html`
  <div role="group" aria-label=${t('thread-root')}>
    <${Message} row=${{ key: message.key, message, first: true, pending: false }} active=${active} onReply=${onReply} />
  </div>
  <div class="day-line replies-line" role="separator"><span>${hasMore || !count ? t('replies-below') : t('replies', { count })}</span></div>
`;
