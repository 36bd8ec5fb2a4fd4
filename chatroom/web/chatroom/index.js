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

/**
 * @typedef {import('./client.js').ClientOptions} ClientOptions
 * @typedef {import('./client.js').ConnectionState} ConnectionState
 * @typedef {import('./clock.js').Clock} Clock
 * @typedef {import('./errors.js').Ending} Ending
 * @typedef {import('./inbox.js').InboxRoom} InboxRoom
 * @typedef {import('./inbox.js').InboxState} InboxState
 * @typedef {import('./logwindow.js').RoomMessage} RoomMessage
 * @typedef {import('./pending.js').NewMessage} NewMessage
 * @typedef {import('./pending.js').PendingMessage} PendingMessage
 * @typedef {import('./room.js').Room} Room
 * @typedef {import('./room.js').RoomInfo} RoomInfo
 * @typedef {import('./room.js').RoomState} RoomState
 * @typedef {import('./thread.js').Thread} Thread
 * @typedef {import('./thread.js').ThreadState} ThreadState
 */
