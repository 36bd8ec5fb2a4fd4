/** Notifications of this device while the page is closed, by Web Push. */
import { effect, signal, untracked } from '../lib.js';
import { client, onPhase, phase } from './session.js';
import { registration } from './worker.js';

const isSupported = 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;

/**
 * `unsupported`: the browser cannot; `denied`: the person has forbidden it to this page.
 * @type {import('../lib.js').Signal<'unknown' | 'unsupported' | 'denied' | 'off' | 'on'>}
 */
export const state = signal(isSupported ? 'unknown' : 'unsupported');

/** @returns {PushManager} */
function manager() {
  const found = registration.peek();
  if (!found) throw new Error('there is no service worker');
  return found.pushManager;
}

/** Returns the server's key as bytes. @param {string} key in base64url */
const bytesOf = (key) => Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));

/** @param {PushSubscription} subscription @param {Uint8Array} key */
function isFor({ options: { applicationServerKey: known } }, key) {
  const bytes = known && new Uint8Array(known);
  return !!bytes && bytes.length === key.length && bytes.every((byte, index) => byte === key[index]);
}

/** @param {Error} error of the browser @returns {never} */
function unavailable({ message }) {
  throw Object.assign(new Error(message), { reason: 'push_service' });
}

/** Subscribes at the browser's push service, and tells the server. @param {boolean} anew even if there is no subscription yet */
async function subscribe(anew) {
  const { calls } = client();
  let subscription = await manager().getSubscription();
  if (!subscription && !anew) return false;
  const key = bytesOf((await calls.getPushKey()).key);
  if (subscription && !isFor(subscription, key)) {
    await subscription.unsubscribe(); // it belongs to an earlier database
    subscription = null;
  }
  subscription ??= await manager().subscribe({ userVisibleOnly: true, applicationServerKey: key }).catch(unavailable);
  const { endpoint, keys } = subscription.toJSON();
  await calls.addPushEndpoint(/** @type {any} */ ({ endpoint, ...keys }));
  return true;
}

/** Finds out how it is, and tells the server this device's address, as after each connection. */
async function refresh() {
  if (Notification.permission === 'denied') state.value = 'denied';
  else state.value = (await subscribe(false)) ? 'on' : 'off';
}

/** Asks for permission, and tells the server this device's address. @returns {Promise<void>} */
export async function enable() {
  const permission = await Notification.requestPermission();
  if (permission !== 'granted') {
    state.value = permission === 'denied' ? 'denied' : 'off';
    return;
  }
  await subscribe(true);
  state.value = 'on';
}

/** @returns {Promise<void>} */
export async function disable() {
  const subscription = await manager().getSubscription();
  state.value = 'off';
  if (!subscription) return;
  const { endpoint } = subscription;
  await subscription.unsubscribe();
  await client().calls.removePushEndpoint({ endpoint });
}

/** Sends this device a test notification. @returns {Promise<'sent' | 'failed' | 'gone'>} */
export async function test() {
  const subscription = await manager().getSubscription();
  if (!subscription) return 'gone';
  const { outcome } = await client().calls.testPush({ endpoint: subscription.endpoint });
  return outcome;
}

/** The server forgets the device at a log-out, the browser does not. */
async function unsubscribe() {
  state.value = 'unknown';
  const subscription = await registration.peek()?.pushManager.getSubscription();
  await subscription?.unsubscribe();
}

if (isSupported) {
  let told = false;
  onPhase((now) => {
    if (now === 'out') unsubscribe().catch(console.error);
  });
  effect(() => {
    if (phase.value !== 'in' || !registration.value) return undefined;
    return untracked(() => {
      const { connection } = client();
      const check = () => {
        const { status, features } = connection.state;
        if (status !== 'connected') told = false;
        else if (!told) {
          told = true;
          if (features.includes('push')) refresh().catch(console.error);
          else state.value = 'unsupported';
        }
      };
      check();
      return connection.subscribe(check);
    });
  });
}
