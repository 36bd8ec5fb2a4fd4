/**
 * @import { Clock } from './clock.js'
 * @import { Http } from './http.js'
 * @import { FileLike, Item, PendingMessage } from './pending.js'
 */
import { retryPause, sleep } from './clock.js';
import { CallError } from './errors.js';

const PATH = '/api/uploads';
const PIECE_BYTES = 1 << 20;
/** Attempts without progress before an upload fails. */
const MAX_ATTEMPTS = 8;

/**
 * A file on its way: `path` is that of the upload once it was announced, `id` is there when it is complete.
 * @typedef {{ file: FileLike, path: string | null, id: string | null }} Upload
 */

/** Sends files by tus, in pieces, and goes on where an upload was interrupted. */
export class Uploads {
  /**
   * @param {Http} http
   * @param {Clock} clock
   */
  constructor(http, clock) {
    this.http = http;
    this.clock = clock;
  }

  /**
   * @param {Upload} upload
   * @param {(sent: number) => void} progress
   * @param {(changes: Partial<Upload>) => Promise<unknown>} changed keeps the path and the id
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>} the id
   */
  async send({ file, path }, progress, changed, signal) {
    let sent = 0;
    let [known, ask] = [path, path !== null];
    for (let attempt = 0; ; ) {
      try {
        if (known === null) {
          known = await this.#announce(file, signal);
          sent = 0;
          await changed({ path: known });
        } else if (ask) {
          sent = await this.#offset(known, signal);
        }
        ask = false;
        progress(sent);
        while (sent < file.size) {
          sent = await this.#piece(known, file, sent, signal);
          attempt = 0;
          progress(sent);
        }
        const id = known.slice(known.lastIndexOf('/') + 1);
        await changed({ id });
        return id;
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        ask = true;
        if (error.reason === 'not_found' && known !== null) known = null; // after a restart of the machine, or a day
        else if (!error.temporary && error.reason !== 'conflict') throw error;
        if (++attempt >= MAX_ATTEMPTS) throw error;
        await sleep(this.clock, retryPause(error, attempt - 1));
        if (signal?.aborted) throw new CallError('aborted', 'given up');
      }
    }
  }

  /** @param {FileLike} file @param {AbortSignal} [signal] @returns {Promise<string>} its path below the server's address */
  async #announce(file, signal) {
    const name = btoa(String.fromCharCode(...new TextEncoder().encode((file.name ?? 'file').slice(-200))));
    const headers = { 'Upload-Length': String(file.size), 'Upload-Metadata': `filename ${name}` };
    const response = await this.#send(PATH, { method: 'POST', headers, signal });
    const location = response.headers.get('Location');
    if (!location) throw new CallError('internal', 'no Location', { temporary: true });
    return PATH + location.slice(location.lastIndexOf('/'));
  }

  /** @param {string} path @param {AbortSignal} [signal] @returns {Promise<number>} from where to go on */
  async #offset(path, signal) {
    return offsetOf(await this.#send(path, { method: 'HEAD', signal }));
  }

  /** @param {string} path @param {FileLike} file @param {number} from @param {AbortSignal} [signal] */
  async #piece(path, file, from, signal) {
    const headers = { 'Upload-Offset': String(from), 'Content-Type': 'application/offset+octet-stream' };
    const body = file.slice(from, from + PIECE_BYTES);
    return offsetOf(await this.#send(path, { method: 'PATCH', headers, body, signal }));
  }

  /** @param {string} path @param {import('./http.js').HttpRequest} request */
  #send(path, request) {
    return this.http.send(path, { ...request, headers: { 'Tus-Resumable': '1.0.0', ...request.headers } });
  }
}

/** @param {Response} response */
const offsetOf = (response) => Number(response.headers.get('Upload-Offset') ?? 0);

// ---- the files of one message, which are sent before it

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
