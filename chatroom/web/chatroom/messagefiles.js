/**
 * The files of one message, which are sent before it.
 *
 * @import { Item, PendingMessage } from './pending.js'
 * @import { Upload, Uploads } from './uploads.js'
 */

/**
 * Sends the files of a message that are not uploaded, one after the other.
 * @param {Item} item
 * @param {Uploads} uploads
 * @param {(changes: Partial<PendingMessage>) => void} show
 * @param {() => Promise<unknown>} keep stores the message
 */
export async function sendFiles(item, uploads, show, keep) {
  for (let upload; (upload = item.stored.uploads.find(({ id }) => !id)); ) {
    const [{ number }, abort] = [upload, new AbortController()];
    const changed = (/** @type {Partial<Upload>} */ changes) => {
      const changedOnes = item.stored.uploads.map((one) => (one.number === number ? { ...one, ...changes } : one));
      item.stored = { ...item.stored, uploads: changedOnes };
      return keep();
    };
    const progress = (/** @type {number} */ sent) =>
      show({ files: item.shown.files.map((file) => (file.number === number ? { ...file, sent } : file)) });
    show({ status: 'uploading', error: null });
    item.uploading = { number, abort };
    try {
      await uploads.send(upload, progress, changed, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted || item.giveUp.signal.aborted) throw error;
    } finally {
      item.uploading = null;
    }
  }
}

/** Gives up the upload of a file that was left out of its message. @param {Item} item */
export function stopUpload({ stored, uploading }) {
  if (uploading && !stored.uploads.some(({ number }) => number === uploading.number)) uploading.abort.abort();
}
