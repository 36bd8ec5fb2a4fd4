/** The JavaScript client of a chatroom server. See README.md. */
import { Client } from './client.js';

export { accounts } from './accounts.js';
export { Client } from './client.js';
export { CallError } from './errors.js';
export { uuid7 } from './ids.js';
export { mentionRanges } from './mentions.js';
export { directRoom, isGroup, parsePermalink, partnerOf, permalink } from './names.js';
export { indexedDbStorage, memoryStorage } from './storage.js';

/**
 * Begins to connect to a server.
 * @param {import('./client.js').ClientOptions} [options]
 * @returns {Client}
 */
export const connect = (options) => new Client(options);
