/** Parts of the composer: the answered message, chosen files, the buttons that add some, the place to drop them. */
import { IconButton } from '../components/button.js';
import { Icon } from '../components/icon.js';
import { size, t } from '../i18n.js';
import { html, useEffect, useRef, useState, useView } from '../lib.js';
import { client } from '../stores/session.js';
import { plainText } from './markdown-tokens.js';
import { PersonName } from './names.js';

/** @param {{reply: import('../stores/drafts.js').Answered, onCancel: () => void}} props */
export function Answered({ reply, onCancel }) {
  useView(client().people);
  return html`
    <div class="composer-reply">
      <${Icon} name="reply" />
      <span class="truncate spread">
        <span class="visually-hidden">${t('replying-to', { name: client().people.name(reply.sender) })}</span>
        <span aria-hidden="true"><${PersonName} name=${reply.sender} /></span> <bdi>${plainText(reply.text) || t('a-file')}</bdi>
      </span>
      <${IconButton} icon="close" label=${t('cancel-reply')} onPress=${onCancel} />
    </div>
  `;
}

/** @param {{files: readonly File[], onChange: (files: File[]) => void}} props */
export const Files = ({ files, onChange }) => html`
  <ul class="composer-files plain" aria-label=${t('files-to-send')}>
    ${files.map((file) => html`<${ChosenFile} key=${fileKey(file)} file=${file} onRemove=${() => onChange(files.filter((other) => other !== file))} />`)}
  </ul>
`;

/** @type {WeakMap<File, number>} */
const keys = new WeakMap();
let lastKey = 0;
/** @param {File} file */
function fileKey(file) {
  if (!keys.has(file)) keys.set(file, ++lastKey);
  return keys.get(file);
}

/** @param {{file: File, onRemove: () => void}} props */
function ChosenFile({ file, onRemove }) {
  const [preview, setPreview] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    if (!file.type.startsWith('image/')) return undefined;
    const url = URL.createObjectURL(file);
    setPreview(url);
    return () => URL.revokeObjectURL(url);
  }, [file]);
  return html`
    <li class="chosen-file">
      ${preview ? html`<img src=${preview} alt="" onError=${() => setPreview(null)} />` : html`<span class="chosen-icon"><${Icon} name="file" /></span>`}
      <span class="chosen-words"><bdi class="truncate" title=${file.name}>${file.name}</bdi><span class="meta">${size(file.size)}</span></span>
      <${IconButton} icon="close" label=${t('remove-file', { name: file.name })} onPress=${onRemove} />
    </li>
  `;
}

/** @param {{onChoose: (files: FileList) => void}} props */
export function Choose({ onChoose }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  function chosen() {
    const element = /** @type {HTMLInputElement} */ (input.current);
    if (element.files?.length) onChoose(element.files);
    element.value = ''; // the same file may be chosen again
  }
  return html`
    <input ref=${input} type="file" multiple hidden onChange=${chosen} />
    <${IconButton} icon="attach" label=${t('add-files')} onPress=${() => input.current?.click()} />
  `;
}

/**
 * Takes files that are dropped anywhere on the conversation or panel of a composer.
 * @param {{composer: {current: HTMLElement | null}, onDrop: (files: FileList) => void}} props
 */
export function DropZone({ composer, onDrop }) {
  const [over, setOver] = useState(false);
  const latest = useRef(onDrop);
  latest.current = onDrop;
  useEffect(() => {
    const zone = /** @type {HTMLElement} */ (composer.current?.closest('.card, .conversation, .panel'));
    const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files');
    const stop = new AbortController();
    const listen = (/** @type {string} */ type, /** @type {(event: any) => void} */ listener) =>
      zone?.addEventListener(type, (event) => hasFiles(/** @type {DragEvent} */ (event)) && listener(event), { signal: stop.signal });
    listen('dragover', (event) => {
      event.preventDefault();
      setOver(true);
    });
    listen('dragleave', (event) => zone.contains(event.relatedTarget) || setOver(false));
    listen('drop', (event) => {
      event.preventDefault();
      setOver(false);
      latest.current(event.dataTransfer.files);
    });
    return () => stop.abort();
  }, [composer]);
  return over && html`<div class="drop-zone"><${Icon} name="attach" /><span>${t('drop-files')}</span></div>`;
}
