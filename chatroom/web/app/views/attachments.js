/** A message's files: pictures as thumbnails, audio and video with controls, others as rows. */
import { Icon } from '../components/icon.js';
import { size, t } from '../i18n.js';
import { html, useEffect, useState } from '../lib.js';
import { client } from '../stores/session.js';
import { failed } from '../stores/toasts.js';

/** The height of a picture in a message, in pixels. */
const PICTURE_PX = 280;

/** Returns the links of a file once they are known. @param {any} message @param {string} id */
function useLinks(message, id) {
  const [links, setLinks] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let shown = true;
    client()
      .files.links(message.room, message.seq, id)
      .then((found) => shown && setLinks(found), () => {});
    return () => {
      shown = false;
    };
  }, [message.room, message.seq, id]);
  return links;
}

/** @param {{message: any}} props */
export const Attachments = ({ message }) => html`
  <div class="attachments">
    ${message.attachments.map((/** @type {any} */ file) => html`<${Attachment} key=${file.id} message=${message} file=${file} />`)}
  </div>
`;

/** @param {{message: any, file: any}} props */
function Attachment({ message, file }) {
  const links = useLinks(message, file.id);
  if (file.type.startsWith('image/') && file.width) return html`<${Picture} file=${file} links=${links} />`;
  if (file.type.startsWith('video/') && links) return html`<video class="video" controls preload="metadata" src=${links.url}></video>`;
  const row = html`
    <a class="file" href=${links?.url} download=${file.name} onClick=${() => !links && failed({ reason: 'busy' })}>
      <${Icon} name="file" /><span class="spread truncate">${file.name}</span><span class="meta">${size(file.size)}</span><${Icon} name="download" />
    </a>
  `;
  if (!file.type.startsWith('audio/')) return row;
  return html`<div class="stack">${links && html`<audio controls preload="metadata" src=${links.url}></audio>`}${row}</div>`;
}

/** @param {{file: any, links: any}} props */
function Picture({ file, links }) {
  const height = Math.min(file.height, PICTURE_PX);
  const width = Math.round((file.width / file.height) * height);
  const source = links?.thumbnails.find((/** @type {any} */ { part }) => part === 'large')?.url ?? links?.url;
  return html`
    <a class="picture" href=${links?.url} target="_blank" rel="noopener" title=${file.name}>
      <img width=${width} height=${height} src=${source} alt=${t('picture', { name: file.name })} loading="lazy" />
    </a>
  `;
}

/** Files of a message that is being sent. @param {{message: any}} props */
export const Uploads = ({ message }) => html`
  <div class="attachments">
    ${message.files.map(
      (/** @type {any} */ file, /** @type {number} */ index) => html`
        <div key=${index} class="file">
          <${Icon} name=${file.type.startsWith('image/') ? 'image' : 'file'} />
          <span class="spread truncate">${file.name}</span>
          <progress max=${file.size} value=${file.sent} aria-label=${t('uploading', { name: file.name })}></progress>
        </div>
      `,
    )}
  </div>
`;
