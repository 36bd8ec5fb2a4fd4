/** The server's limits for files, asked for before the first one is chosen. */
import { BASE } from '../base.js';
import { size, t } from '../i18n.js';
import { toast } from './toasts.js';

/** Maximum number of files of a message. */
export const MAX_FILES = 10;

/** @type {Promise<number> | null} */
let maxBytes = null;

/** Returns the maximum size of a file; Infinity if the server does not say it. */
function maxFileBytes() {
  maxBytes ??= fetch(`${BASE}/api/uploads`, { method: 'OPTIONS' })
    .then((response) => Number(response.headers.get('Tus-Max-Size')) || Infinity)
    .catch(() => {
      maxBytes = null; // to be asked for again
      return Infinity;
    });
  return maxBytes;
}

/**
 * Returns the files of a message with those that it can take in addition, and says why it cannot take the others.
 * @param {readonly File[]} present
 * @param {readonly File[]} chosen
 * @returns {Promise<File[]>}
 */
export async function addFiles(present, chosen) {
  const limit = await maxFileBytes();
  const fits = (/** @type {File} */ { size: bytes }) => bytes > 0 && bytes <= limit;
  for (const file of chosen) {
    if (file.size > limit) toast(t('file-too-large', { name: file.name, limit: size(limit) }), { kind: 'error' });
    else if (!file.size) toast(t('file-empty', { name: file.name }), { kind: 'error' });
  }
  const all = [...present, ...chosen.filter(fits)];
  if (all.length > MAX_FILES) toast(t('too-many-files', { count: MAX_FILES }), { kind: 'error' });
  return all.slice(0, MAX_FILES);
}
