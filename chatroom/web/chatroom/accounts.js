/**
 * @import { Token } from './transport.js'
 * @import { User } from './types.js'
 */
import { Http } from './http.js';

/** @typedef {{ token?: string, id: string, label: string, expiresAt: number }} NewToken */

/**
 * @typedef {{ id: string, label: string, createdAt: number, expiresAt: number, lastUsedAt?: number, current: boolean,
 *   sessions: { sessionId: string, address: string, connectedAt: number }[] }} LogIn
 */

/**
 * @typedef {object} AccountOptions
 * @property {string} [url] of the server; the page's origin by default
 * @property {Token} [token] of the account that the requests are about
 * @property {boolean} [cookie] the browser keeps the token, where no script can read it: on the server's own page
 * @property {typeof globalThis.fetch} [fetch]
 */

/**
 * The requests about accounts and log-ins. Each returns a promise, which is rejected with a CallError. By cookie, no reply
 * has a token.
 * @param {AccountOptions} [options]
 */
export function accounts({ url = globalThis.location?.origin ?? '', token = null, cookie = false, fetch } = {}) {
  const given = async () => (typeof token === 'function' ? token() : token) ?? null;
  const ask = fetch ?? globalThis.fetch.bind(globalThis);
  const mine = new Http(url, given, ask, cookie);
  const open = new Http(url, async () => null, ask, cookie);
  return Object.freeze({
    /**
     * @param {{ name: string, password: string, displayName?: string, label?: string, invitation?: string }} params
     * @returns {Promise<{ user: User, token?: string, room?: string }>}
     */
    signUp: (params) => open.json('POST', '/api/signup', params),
    /**
     * @param {{ name: string, password: string, label?: string }} params
     * @returns {Promise<{ user: User, token?: string }>}
     */
    logIn: (params) => open.json('POST', '/api/login', params),
    /** Ends the log-in and its sessions, or all of the account. @param {{ everywhere?: boolean }} [params] */
    logOut: (params = {}) => mine.json('POST', '/api/logout', params),
    /** @returns {Promise<NewToken>} in place of the present one */
    renew: () => mine.json('POST', '/api/renew'),
    /**
     * @param {string} old
     * @param {string} next
     * @returns {Promise<NewToken>} all other log-ins end
     */
    changePassword: (old, next) => mine.json('POST', '/api/password', { old, new: next }),
    /** @returns {Promise<Blob>} what the server has of the account, as a ZIP file */
    exportData: async () => (await mine.send('/api/account/export', { method: 'GET' })).blob(),
    /** Deletes the account for ever. @param {string} password */
    deleteAccount: (password) => mine.json('POST', '/api/account/delete', { password }),
    /** @returns {Promise<LogIn[]>} the newest first */
    tokens: async () => (await mine.json('GET', '/api/tokens')).tokens,
    /**
     * @param {{ label?: string, days?: number }} [params]
     * @returns {Promise<NewToken>}
     */
    createToken: (params = {}) => mine.json('POST', '/api/tokens', params),
    /** @param {string} id */
    revokeToken: (id) => mine.json('POST', '/api/tokens/revoke', { id }),
    /** @param {string} sessionId */
    endSession: (sessionId) => mine.json('POST', '/api/sessions/end', { sessionId }),
  });
}
