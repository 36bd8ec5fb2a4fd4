/** A message's pictures, one at a time over the whole page: arrow keys, zoom, download. */
import { IconButton } from '../components/button.js';
import { closeDialog } from '../components/dialog.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { cx, html, useEffect, useLayoutEffect, useRef, useState } from '../lib.js';
import { download, isPicture, useLinks } from './attachments.js';

/** @param {{message: any, id: string}} props `id`: of the picture that is shown first */
export function Lightbox({ message, id }) {
  const pictures = message.attachments.filter(isPicture);
  const [at, setAt] = useState(() => Math.max(pictures.findIndex((/** @type {any} */ file) => file.id === id), 0));
  const [zoomed, setZoomed] = useState(false);
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const file = pictures[at];
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close(); // the browser gives the focus back
  }, []);
  const show = (/** @type {number} */ index) => {
    if (index < 0 || index >= pictures.length) return;
    setAt(index);
    setZoomed(false);
  };
  function key(/** @type {KeyboardEvent} */ event) {
    const forward = document.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') show(at + (event.key === forward ? 1 : -1));
    else if (event.key === '+' || event.key === '=') setZoomed(true);
    else if (event.key === '-') setZoomed(false);
    else return;
    event.preventDefault();
  }
  const pressed = (/** @type {any} */ { target }) => target.matches('.lightbox, .lightbox-stage') && closeDialog();
  return html`
    <dialog
      ref=${element}
      class="lightbox dialog full"
      aria-label=${t('picture', { name: file.name })}
      onKeyDown=${key}
      onClick=${pressed}
      onCancel=${(/** @type {Event} */ event) => {
        event.preventDefault();
        closeDialog();
      }}
    >
      <header class="lightbox-head">
        <bdi class="truncate spread">${file.name}</bdi>
        ${pictures.length > 1 && html`<span class="meta" role="status">${t('picture-of', { at: at + 1, count: pictures.length })}</span>`}
        <${IconButton} icon=${zoomed ? 'zoom-out' : 'zoom-in'} label=${t(zoomed ? 'zoom-out' : 'zoom-in')} onPress=${() => setZoomed(!zoomed)} />
        <${IconButton} icon="download" label=${t('download-file', { name: file.name })} onPress=${() => download(message, file)} />
        <${IconButton} icon="close" label=${t('close')} onPress=${closeDialog} />
      </header>
      <${Stage} key=${file.id} message=${message} file=${file} zoomed=${zoomed} onZoom=${() => setZoomed(!zoomed)} />
      ${at > 0 && html`<${IconButton} icon="back" class="lightbox-step previous" label=${t('previous-picture')} onPress=${() => show(at - 1)} />`}
      ${at < pictures.length - 1 && html`<${IconButton} icon="forward" class="lightbox-step next" label=${t('next-picture')} onPress=${() => show(at + 1)} />`}
    </dialog>
  `;
}

/** @param {{message: any, file: any, zoomed: boolean, onZoom: () => void}} props */
function Stage({ message, file, zoomed, onZoom }) {
  const { links, broken, renew } = useLinks(message, file.id);
  const [loaded, setLoaded] = useState(false);
  const stage = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = /** @type {HTMLElement} */ (stage.current);
    stage.current?.scrollTo((scrollWidth - clientWidth) / 2, (scrollHeight - clientHeight) / 2);
  }, [zoomed]);
  return html`
    <div ref=${stage} class=${cx('lightbox-stage', zoomed && 'zoomed')} tabindex=${zoomed ? 0 : undefined}>
      ${broken && html`<p role="alert">${t('picture-failed')}</p>`}
      ${!loaded && !broken && html`<${Spinner} />`}
      ${links &&
      !broken &&
      html`
        <img
          src=${links.url}
          width=${file.width}
          height=${file.height}
          hidden=${!loaded}
          alt=${t('picture', { name: file.name })}
          onLoad=${() => setLoaded(true)}
          onError=${() => renew()}
          onClick=${onZoom}
        />
      `}
    </div>
  `;
}
