/** A message of mine while I edit it, in its place. */
import { Button } from '../components/button.js';
import { t } from '../i18n.js';
import { html, useLayoutEffect, useRef, useState } from '../lib.js';
import { editing } from '../stores/drafts.js';
import { isPhone } from '../stores/layout.js';
import { preferences } from '../stores/preferences.js';
import { client } from '../stores/session.js';
import { failed } from '../stores/toasts.js';
import { Counter, lengthOf } from './composer-limits.js';
import { Suggestions, useCompletion } from './completion.js';
import { formatKey, pasteLink, useAutosize } from './text-field.js';

/** @param {{message: any}} props */
export function Editor({ message }) {
  const { room, seq, attachments } = message;
  const [text, setText] = useState(message.text);
  const [busy, setBusy] = useState(false);
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const completion = useCompletion(field, room);
  const { chars, mayBeSent } = lengthOf(text);
  const ready = (text.trim() !== '' || attachments?.length > 0) && mayBeSent && !busy;
  useAutosize(field, text);
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(text.length, text.length);
  }, []);
  function close() {
    const composer = field.current?.closest('.conversation, .panel')?.querySelector('.composer textarea');
    editing.value = null;
    if (composer instanceof HTMLElement) composer.focus({ preventScroll: true });
  }
  async function save() {
    if (!ready) return;
    if (text.trim() === message.text) return close();
    setBusy(true);
    try {
      await client().room(room).edit(seq, text.trim());
      close();
    } catch (error) {
      failed(error);
      setBusy(false);
    }
  }
  function key(/** @type {KeyboardEvent} */ event) {
    event.stopPropagation(); // keys of the row
    if (event.isComposing || completion.key(event) || formatKey(event)) return;
    const withControl = event.ctrlKey || event.metaKey;
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && (withControl || (preferences.value.sendsWithEnter && !event.shiftKey && !isPhone.value))) save();
    else return;
    event.preventDefault();
  }
  return html`
    <div class="editor">
      <${Suggestions} completion=${completion} />
      <textarea
        ref=${field}
        class="input"
        rows="1"
        dir="auto"
        aria-label=${t('edit')}
        value=${text}
        ...${completion.aria}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}
        onKeyDown=${key}
        onPaste=${(/** @type {ClipboardEvent} */ event) => pasteLink(event) && event.preventDefault()}
      ></textarea>
      <div class="row">
        <${Button} onPress=${close}>${t('cancel')}<//>
        <${Button} kind="primary" busy=${busy} disabled=${!ready} onPress=${save}>${t('save')}<//>
        <${Counter} chars=${chars} />
      </div>
    </div>
  `;
}
