/**
 * @import { Upload } from './uploads.js'
 * @import { JsonObject, Sent } from './types.js'
 */
import { CallError } from './errors.js';
import { partnerOf } from './names.js';

/**
 * A file to send: a `File`, or a `Blob` with a name.
 * @typedef {Blob & { name?: string }} FileLike
 */

/**
 * What a message may have beside its text.
 * @typedef {object} NewMessage
 * @property {number} [replyTo]
 * @property {number} [thread]
 * @property {'plain'} [format]
 * @property {string} [type]
 * @property {JsonObject} [data]
 * @property {readonly FileLike[]} [files]
 * @property {string} [clientId]
 */

/**
 * A message as it is stored.
 * @typedef {object} StoredMessage
 * @property {string} key the clientId
 * @property {string} account
 * @property {string} room
 * @property {string} text
 * @property {number} timestamp
 * @property {Omit<NewMessage, 'files' | 'clientId'>} more
 * @property {readonly (Upload & { number: number })[]} uploads numbered within the message
 * @property {{ reason: string, message: string, data: object } | null} refused
 */

/**
 * A message that the server has not acknowledged.
 * @typedef {object} PendingMessage
 * @property {string} key as the message has it later
 * @property {string} clientId
 * @property {string} room
 * @property {string} text
 * @property {string} sender
 * @property {number} timestamp
 * @property {number} [replyTo]
 * @property {number} [thread]
 * @property {'plain'} [format]
 * @property {string} [type]
 * @property {JsonObject} [data]
 * @property {readonly { number: number, name: string, size: number, type: string, sent: number }[]} files
 * @property {'queued' | 'uploading' | 'sending' | 'waiting' | 'sent' | 'refused'} status
 * @property {CallError | null} error
 */

/**
 * @typedef {object} Item
 * @property {StoredMessage} stored
 * @property {PendingMessage} shown
 * @property {Promise<boolean>} kept settled when it is stored, or cannot be
 * @property {Sent | null} sent
 * @property {AbortController} giveUp
 * @property {{ number: number, abort: AbortController } | null} uploading the file that is sent now
 * @property {{ resolve: (sent: Sent) => void, reject: (error: CallError) => void } | null} waiter
 */

/** @param {StoredMessage} stored @returns {string} which compares as the messages were written */
export const orderOf = ({ timestamp, key }) => `${String(timestamp).padStart(16, '0')} ${key}`;

/** @param {StoredMessage} stored @returns {PendingMessage} */
export const shownOf = ({ key, account, room, text, timestamp, more, uploads, refused }) =>
  Object.freeze({
    ...more,
    ...{ key: `${account}/${key}`, clientId: key, room, text, sender: account, timestamp },
    files: uploads.map(({ number, file, id }) => ({
      ...{ number, name: file.name ?? '', size: file.size, type: file.type, sent: id ? file.size : 0 },
    })),
    status: refused ? /** @type {const} */ ('refused') : /** @type {const} */ ('queued'),
    error: refused && new CallError(refused.reason, refused.message, { ...refused.data }),
  });

/** @param {StoredMessage} stored @param {string} me @returns {object} of `sendMessage` */
export function paramsOf({ key, room, text, more, uploads }, me) {
  const to = partnerOf(room, me);
  const attachments = uploads.map(({ id }) => id);
  return { ...(to ? { to } : { room }), text, clientId: key, ...more, ...(uploads.length && { attachments }) };
}
