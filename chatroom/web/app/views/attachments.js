/** A message's files: pictures as thumbnails, video and audio with controls, others as rows. */
import { Button, IconButton } from '../components/button.js';
import { showDialog } from '../components/dialog.js';
import { Icon } from '../components/icon.js';
import { size, t } from '../i18n.js';
import { cx, html, useCallback, useEffect, useRef, useState } from '../lib.js';
import { client } from '../stores/session.js';
import { failed } from '../stores/toasts.js';
import { Lightbox } from './lazy.js';

/** The largest picture in a message, in pixels; of several they are smaller. */
const PICTURE_PX = { width: 400, height: 300 };
const TILE_PX = { width: 200, height: 160 };

/** @param {any} file */
export const isPicture = (file) => file.type.startsWith('image/') && Boolean(file.width);
const isVideo = (/** @type {any} */ { type }) => type.startsWith('video/');
const isAudio = (/** @type {any} */ { type }) => type.startsWith('audio/');

/**
 * Returns the links of a file once they are known. `renew` asks for others when one has failed: links end after some minutes.
 * @param {any} message
 * @param {string} id
 */
export function useLinks(message, id) {
  const { room, seq } = message;
  const [links, setLinks] = useState(/** @type {any} */ (null));
  const [broken, setBroken] = useState(false);
  const asked = useRef(0);
  const load = useCallback(
    /** @param {string} [failed] the link that failed: the same one again does not help */
    async (failed) => {
      const ask = ++asked.current;
      const found = await client().files.links(room, seq, id).catch(() => null);
      if (ask !== asked.current) return;
      setBroken(!found || found.url === failed);
      setLinks(found);
    },
    [room, seq, id],
  );
  useEffect(() => {
    load();
    return () => {
      asked.current += 1;
    };
  }, [load]);
  return { links, broken, renew: () => load(links?.url), retry: () => load() };
}

/** @param {{message: any}} props */
export function Attachments({ message }) {
  const pictures = message.attachments.filter(isPicture);
  const others = message.attachments.filter((/** @type {any} */ file) => !isPicture(file));
  return html`
    ${pictures.length > 0 &&
    html`<div class=${cx('pictures', pictures.length > 1 && 'tiles')}>
      ${pictures.map((/** @type {any} */ file) => html`<${Picture} key=${file.id} message=${message} file=${file} most=${pictures.length > 1 ? TILE_PX : PICTURE_PX} />`)}
    </div>`}
    ${others.length > 0 &&
    html`<div class="attachments">${others.map((/** @type {any} */ file) => html`<${Attachment} key=${file.id} message=${message} file=${file} />`)}</div>`}
  `;
}

/** @param {{message: any, file: any, most: {width: number, height: number}}} props */
function Picture({ message, file, most }) {
  const { links, broken, renew, retry } = useLinks(message, file.id);
  const scale = Math.min(most.width / file.width, most.height / file.height, 1);
  const [width, height] = [file.width, file.height].map((pixels) => Math.max(Math.round(pixels * scale), 1));
  const source = links && (bestThumbnail(file, links, Math.max(width, height)) ?? links.url);
  const label = t('picture', { name: file.name });
  if (broken) {
    return html`
      <div class="picture broken" style=${{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}>
        <${Button} kind="quiet" icon="retry" onPress=${retry}>${t('retry')}<//>
      </div>
    `;
  }
  return html`
    <button type="button" class="picture" title=${file.name} aria-label=${label} onClick=${() => showDialog(Lightbox, { message, id: file.id })}>
      <img width=${width} height=${height} src=${source} alt="" loading="lazy" decoding="async" onError=${() => source && renew()} />
    </button>
  `;
}

/**
 * Returns the link to the smallest thumbnail that fills so many pixels.
 * @param {any} file
 * @param {any} links
 * @param {number} pixels
 */
function bestThumbnail(file, links, pixels) {
  const wanted = pixels * Math.min(devicePixelRatio, 2);
  const fits = (/** @type {any} */ { width, height }) => Math.max(width, height) >= wanted;
  const sizes = [...(file.thumbnails ?? [])].sort((one, other) => one.width - other.width);
  const { part } = sizes.find(fits) ?? sizes.at(-1) ?? {};
  return links.thumbnails.find((/** @type {any} */ each) => each.part === part)?.url;
}

/** @param {{message: any, file: any}} props */
function Attachment({ message, file }) {
  const { links, broken, renew } = useLinks(message, file.id);
  const media = isVideo(file) || isAudio(file);
  return html`
    <div class="attachment">
      ${media && links && !broken && html`<${Player} file=${file} url=${links.url} onError=${() => renew()} />`}
      <div class="file">
        <${Icon} name=${iconOf(file)} />
        <span class="file-words"><bdi class="truncate" title=${file.name}>${file.name}</bdi><span class="meta">${size(file.size)}</span></span>
        <${Button} kind="quiet" icon="download" label=${t('download-file', { name: file.name })} onPress=${() => download(message, file)} />
      </div>
    </div>
  `;
}

/** Plays a file from the place at which it was when its link was renewed. @param {{file: any, url: string, onError: () => void}} props */
function Player({ file, url, onError }) {
  const element = useRef(/** @type {HTMLMediaElement | null} */ (null));
  const place = useRef(0);
  const shared = {
    ref: element,
    controls: true,
    preload: 'metadata',
    src: url,
    'aria-label': file.name,
    onTimeUpdate: () => (place.current = element.current?.currentTime || place.current),
    onLoadedMetadata: () => element.current && place.current && (element.current.currentTime = place.current),
    onError,
  };
  return isVideo(file) ? html`<video class="video" playsinline ...${shared}></video>` : html`<audio class="audio" ...${shared}></audio>`;
}

const iconOf = (/** @type {any} */ { type }) => (type.startsWith('image/') ? 'image' : 'file');

/** Downloads a file by a link that is valid now. @param {any} message @param {any} file */
export async function download(message, file) {
  try {
    const { url } = await client().files.links(message.room, message.seq, file.id);
    const link = document.createElement('a');
    Object.assign(link, { href: url, download: file.name });
    link.click();
  } catch (error) {
    failed(error);
  }
}

/** Files of a message that is being sent. @param {{message: any}} props */
export function Uploads({ message: { clientId, files, status } }) {
  const isComplete = files.every((/** @type {any} */ { sent, size: bytes }) => sent === bytes);
  return html`
    <div class="attachments">
      ${files.map(
        (/** @type {any} */ file) => html`
          <div key=${file.number} class="file">
            <${Icon} name=${iconOf(file)} />
            <span class="file-words">
              <bdi class="truncate">${file.name}</bdi>
              ${status === 'refused'
                ? html`<span class="meta">${size(file.size)}</span>`
                : html`<progress max=${file.size} value=${file.sent} aria-label=${t('uploading', { name: file.name })}></progress>`}
            </span>
            ${!isComplete && html`<${IconButton} icon="close" label=${t('remove-file', { name: file.name })} onPress=${() => client().outbox.leaveOut(clientId, file.number)} />`}
          </div>
        `,
      )}
    </div>
  `;
}
