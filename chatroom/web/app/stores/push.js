/** Notifications of this device while the page is closed, by Web Push. */
import { signal } from '../lib.js';

const isSupported = 'serviceWorker' in navigator && 'PushManager' in globalThis;

/**
 * `unsupported`: the browser cannot; `denied`: the person has forbidden it to this page.
 * @type {import('../lib.js').Signal<'unknown' | 'unsupported' | 'denied' | 'off' | 'on'>}
 */
export const state = signal(isSupported ? 'unknown' : 'unsupported');

/** Asks for permission, and tells the server this device's address. @returns {Promise<void>} */
export async function enable() {
  throw new Error('there is no service worker yet');
}

/** @returns {Promise<void>} */
export async function disable() {
  throw new Error('there is no service worker yet');
}

/** Sends this device a test notification. @returns {Promise<'sent' | 'failed' | 'gone'>} */
export async function test() {
  return 'failed';
}
