/**
 * @import { StoredMessage } from './pending.js'
 * @import { Storage } from './storage.js'
 */

/**
 * The part of the Web Locks that is used.
 * @typedef {{ request: (name: string, work: () => Promise<void>) => Promise<unknown> }} Locks
 */

/**
 * The part of a BroadcastChannel that is used.
 * @typedef {object} Channel
 * @property {(message: any) => void} postMessage
 * @property {((event: any) => void) | null} onmessage
 * @property {() => void} close
 */

/**
 * The stored messages, shared by the tabs of a browser: each tab hears of changes by others, and one tab at a time
 * sends the messages of a room. Without locks, the server's memory of clientIds prevents doubles.
 */
export class SharedStorage {
  /**
   * @param {string} name
   * @param {Storage<StoredMessage>} storage
   * @param {Locks | null} locks
   * @param {Channel | null} channel
   */
  constructor(name, storage, locks, channel) {
    this.name = name;
    this.storage = storage;
    this.locks = locks;
    this.channel = channel;
  }

  /** @param {string} account @returns {Promise<StoredMessage[]>} */
  async load(account) {
    return (await this.storage.load()).filter((item) => item.account === account);
  }

  /** @param {string} key */
  get(key) {
    return this.storage.get(key);
  }

  /** @param {StoredMessage} item */
  async put(item) {
    await this.storage.put(item);
    this.channel?.postMessage(item.key);
  }

  /** @param {string} key */
  async remove(key) {
    await this.storage.remove(key);
    this.channel?.postMessage(key);
  }

  /** Removes all of an account. @param {string} account */
  async clear(account) {
    for (const { key } of await this.load(account)) await this.remove(key);
  }

  /** @param {(key: string) => void} changed called when another tab has changed something */
  listen(changed) {
    if (this.channel) this.channel.onmessage = ({ data }) => changed(data);
  }

  /**
   * Does work that no other tab does at the same time.
   * @param {string} what
   * @param {() => Promise<void>} work
   */
  async alone(what, work) {
    if (this.locks) await this.locks.request(`${this.name} ${what}`, work);
    else await work();
  }

  close() {
    this.channel?.close();
  }
}
