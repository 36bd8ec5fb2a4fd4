/** Writing a message: text, answered message, draft. */
import { IconButton } from '../components/button.js';
import { Icon } from '../components/icon.js';
import { t } from '../i18n.js';
import { html, useEffect, useLayoutEffect, useRef, useState } from '../lib.js';
import { draftOf, keepDraft } from '../stores/drafts.js';
import { edit } from '../stores/editing.js';
import { isPhone, isTouch } from '../stores/layout.js';
import { client, me } from '../stores/session.js';

/**
 * @param {object} props
 * @param {any} props.view of the room or thread
 * @param {string} props.place of the draft
 * @param {string} props.placeholder
 * @param {any} props.reply the answered message, or null
 * @param {(message: any) => void} props.onReply
 */
export function Composer({ view, place, placeholder, reply, onReply }) {
  const [text, setText] = useState(() => draftOf(me(), place).text);
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useEffect(() => {
    if (!isTouch.value) field.current?.focus();
  }, [place, reply]);
  useLayoutEffect(() => grow(field.current), [text]);
  function write(/** @type {string} */ next) {
    setText(next);
    keepDraft(me(), place, { text: next, replyTo: reply?.seq });
    view.typed?.(next !== '');
  }
  function send() {
    if (!text.trim()) return;
    view.send(text.trim(), reply ? { replyTo: reply.seq } : {}).catch(() => {}); // shown beside the message
    write('');
    onReply(null);
  }
  function key(/** @type {KeyboardEvent} */ event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !isPhone.value) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && !text) {
      const last = view.state.messages.findLast((/** @type {any} */ message) => message.sender === me() && !message.deleted);
      if (last) edit(last);
      event.preventDefault();
    } else if (event.key === 'Escape' && reply) {
      onReply(null);
    }
  }
  return html`
    <div class="composer">
      ${reply &&
      html`
        <div class="composer-reply">
          <${Icon} name="reply" /><span class="truncate spread">${t('replying-to', { name: client().people.name(reply.sender) })}</span>
          <${IconButton} icon="close" label=${t('cancel')} onPress=${() => onReply(null)} />
        </div>
      `}
      <div class="composer-box">
        <textarea
          ref=${field}
          rows="1"
          dir="auto"
          aria-label=${placeholder}
          placeholder=${placeholder}
          value=${text}
          onInput=${(/** @type {any} */ event) => write(event.target.value)}
          onKeyDown=${key}
        ></textarea>
        <${IconButton} icon="send" label=${t('send')} class="send" disabled=${!text.trim()} onPress=${send} />
      </div>
    </div>
  `;
}

/** Makes the field as high as its text; the CSS bounds it. @param {HTMLTextAreaElement | null} field */
function grow(field) {
  if (!field) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
