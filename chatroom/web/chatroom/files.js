/**
 * @import { Http } from './http.js'
 * @import { FileLike } from './pending.js'
 * @import { Uploads } from './uploads.js'
 * @import { Calls, FileLinks } from './types.js'
 */

/** A link is asked for anew so long before it ends. */
const MARGIN_MS = 30_000;
const MAX_LINKS = 500;

/** Links to files, and uploads. */
export class Files {
  /** @type {Map<string, Promise<FileLinks>>} */
  #links = new Map();

  /**
   * @param {Calls} calls
   * @param {Http} http
   * @param {Uploads} uploads
   * @param {() => number} serverTime
   */
  constructor(calls, http, uploads, serverTime) {
    this.calls = calls;
    this.http = http;
    this.uploads = uploads;
    this.serverTime = serverTime;
  }

  /**
   * @param {string} room
   * @param {number} seq
   * @param {string} id
   * @returns {Promise<FileLinks>} absolute, for me alone; they end after some minutes
   */
  async links(room, seq, id) {
    const key = `${room} ${seq} ${id}`;
    const known = await this.#links.get(key)?.catch(() => undefined);
    if (known && known.expiresAt - MARGIN_MS > this.serverTime()) return known;
    const asked = this.calls.getFile({ room, seq, id }).then((links) => this.#absolute(links));
    this.#links.delete(key);
    this.#links.set(key, asked);
    asked.catch(() => this.#links.delete(key));
    if (this.#links.size > MAX_LINKS) this.#links.delete(/** @type {string} */ (this.#links.keys().next().value));
    return asked;
  }

  /**
   * @param {FileLike} file
   * @param {{ onProgress?: (sent: number) => void, signal?: AbortSignal }} [options]
   * @returns {Promise<string>} the id of the upload
   */
  upload(file, { onProgress = () => {}, signal } = {}) {
    return this.uploads.send({ file, path: null, id: null }, onProgress, async () => {}, signal);
  }

  /** @param {FileLinks} links @returns {FileLinks} */
  #absolute({ url, expiresAt, thumbnails }) {
    const absolute = thumbnails.map((link) => ({ ...link, url: this.http.absolute(link.url) }));
    return { url: this.http.absolute(url), expiresAt, thumbnails: absolute };
  }
}
