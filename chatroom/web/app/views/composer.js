/** Writing a message: text with completion, files, answered message. The text is kept as a draft. */
import { IconButton } from '../components/button.js';
import { showPopover } from '../components/menu.js';
import { t } from '../i18n.js';
import { cx, html, useLayoutEffect, useRef } from '../lib.js';
import { answer, changeDraft, draftOf, edit, endDraft } from '../stores/drafts.js';
import { isPhone, isTouch } from '../stores/layout.js';
import { preferences } from '../stores/preferences.js';
import { me } from '../stores/session.js';
import { Answered, Choose, DropZone, Files } from './composer-parts.js';
import { Counter, lengthOf, useSlowMode } from './composer-limits.js';
import { Suggestions, useCompletion } from './completion.js';
import { EmojiPicker, uploads } from './lazy.js';
import { formatKey, insert, pasteLink, useAutosize } from './text-field.js';

/**
 * @param {object} props
 * @param {any} props.view of the room or thread
 * @param {string} props.room
 * @param {string} props.place of the draft
 * @param {string} props.label of the field
 */
export function Composer({ view, room, place, label }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const { text, reply, files } = draftOf(me(), place).value;
  const change = (/** @type {Partial<import('../stores/drafts.js').Draft>} */ changes) => changeDraft(me(), place, changes);
  const write = (/** @type {string} */ next) => {
    change({ text: next });
    view.typed(next !== '');
  };
  function attach(/** @type {Iterable<File>} */ chosen) {
    const added = [...chosen]; // the list may be emptied
    uploads.use(({ addFiles }) => addFiles(draftOf(me(), place).peek().files, added).then((all) => change({ files: all })));
  }
  const completion = useCompletion(field, room);
  const waitS = useSlowMode(room);
  const { chars, mayBeSent } = lengthOf(text);
  const ready = (text.trim() !== '' || files.length > 0) && mayBeSent && !waitS;
  useAutosize(field, text);
  // At once: an effect after the paint could take the focus from where it was moved meanwhile.
  useLayoutEffect(() => {
    if (!isTouch.value) field.current?.focus();
  }, [place, reply]);

  async function send() {
    if (!ready) return;
    if (!files.length && text.startsWith('/')) {
      const { runCommand } = await import('../stores/commands.js');
      if (await runCommand(text, { room, view, done: () => endDraft(me(), place) })) return;
    }
    const more = { ...(reply && { replyTo: reply.seq }), ...(files.length && { files }) };
    view.send(text.trim(), more).catch(() => {}); // shown beside the message
    endDraft(me(), place);
    field.current?.focus();
  }
  function key(/** @type {KeyboardEvent} */ event) {
    if (event.isComposing || completion.key(event) || formatKey(event)) return;
    const withControl = event.ctrlKey || event.metaKey;
    if (event.key === 'Enter' && (withControl || (preferences.value.sendsWithEnter && !event.shiftKey && !isPhone.value))) {
      send();
    } else if (event.key === 'ArrowUp' && !text && !event.shiftKey) {
      const last = view.state.messages.findLast((/** @type {any} */ message) => message.sender === me() && !message.deleted);
      if (last) edit(last);
    } else if (event.key === 'Escape' && reply) {
      answer(me(), place, null);
    } else {
      return;
    }
    event.preventDefault();
  }
  function paste(/** @type {ClipboardEvent} */ event) {
    const pasted = event.clipboardData?.files ?? [];
    if (pasted.length) attach(pasted);
    else if (!pasteLink(event)) return;
    event.preventDefault();
  }
  const pick = (/** @type {string} */ emoji) => field.current && insert(field.current, emoji);
  const pickEmoji = (/** @type {any} */ { currentTarget }) =>
    showPopover(currentTarget, t('insert-emoji'), () => html`<${EmojiPicker} onPick=${pick} />`, 'top-end');
  return html`
    <div class="composer" ref=${box}>
      <${DropZone} composer=${box} onDrop=${attach} />
      <${Suggestions} completion=${completion} />
      <div class=${cx('composer-box', !mayBeSent && 'wrong')}>
        ${reply && html`<${Answered} reply=${reply} onCancel=${() => answer(me(), place, null)} />`}
        ${files.length > 0 && html`<${Files} files=${files} onChange=${(/** @type {File[]} */ rest) => change({ files: rest })} />`}
        <div class="composer-line">
          <${Choose} onChoose=${attach} />
          <div class="composer-field">
            <textarea
              ref=${field}
              rows="1"
              dir="auto"
              aria-label=${label}
              placeholder=${label}
              value=${text}
              ...${completion.aria}
              onInput=${(/** @type {any} */ event) => write(event.target.value)}
              onKeyDown=${key}
              onPaste=${paste}
            ></textarea>
            <span class="composer-label truncate" aria-hidden="true">${label}</span>
          </div>
          <${Counter} chars=${chars} />
          <${IconButton} icon="smile" label=${t('insert-emoji')} onPress=${pickEmoji} />
          <${IconButton} icon="send" label=${t('send')} class="send" disabled=${!ready} onPress=${send} />
        </div>
      </div>
      ${waitS > 0 && html`<p class="meta composer-hint">${t('slow-mode-wait', { seconds: waitS })}</p>`}
    </div>
  `;
}
