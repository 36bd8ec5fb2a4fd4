/** A message of mine while I edit it, in its place. */
import { Button } from '../components/button.js';
import { t } from '../i18n.js';
import { html, useLayoutEffect, useRef, useState } from '../lib.js';
import { editing } from '../stores/editing.js';
import { failed } from '../stores/toasts.js';

/** @param {{message: any, view: any}} props */
export function Editor({ message, view }) {
  const [text, setText] = useState(message.text);
  const [busy, setBusy] = useState(false);
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(text.length, text.length);
  }, []);
  const close = () => (editing.value = null);
  async function save() {
    if (text.trim() === message.text) return close();
    setBusy(true);
    try {
      await view.edit(message.seq, text.trim());
      close();
    } catch (error) {
      failed(error);
      setBusy(false);
    }
  }
  function key(/** @type {KeyboardEvent} */ event) {
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return html`
    <div class="editor">
      <textarea
        ref=${field}
        class="input"
        aria-label=${t('edit')}
        value=${text}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}
        onKeyDown=${key}
      ></textarea>
      <div class="row">
        <${Button} onPress=${close}>${t('cancel')}<//>
        <${Button} kind="primary" busy=${busy} disabled=${!text.trim()} onPress=${save}>${t('save')}<//>
      </div>
    </div>
  `;
}
