/** The service worker: its registration, and newer versions of the page. */
import { ROOT } from '../base.js';
import { t } from '../i18n.js';
import { signal } from '../lib.js';
import { client, onPhase } from './session.js';
import { toast } from './toasts.js';

/** The worker's registration; null until it is there. @type {import('../lib.js').Signal<ServiceWorkerRegistration | null>} */
export const registration = signal(null);

const WORKER = `${ROOT}sw.js`;

/** Scripts are loaded only from addresses that a policy allows. */
function workerAddress() {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  if (!trustedTypes) return WORKER;
  const createScriptURL = (/** @type {string} */ address) => {
    if (address !== WORKER) throw new TypeError(`${address} is no script of this page`);
    return address;
  };
  return trustedTypes.createPolicy('chatroom', { createScriptURL }).createScriptURL(WORKER);
}

/** Registers the worker. */
export function openWorker() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return; // not over HTTPS
  serviceWorker.addEventListener('message', ({ data }) => {
    if (data?.type === 'open') location.hash = new URL(data.link, location.href).hash;
  });
  const wasControlled = !!serviceWorker.controller;
  serviceWorker.addEventListener('controllerchange', () => {
    if (wasControlled) location.reload(); // the files of the old version are gone
  });
  serviceWorker.register(workerAddress()).then(registered, console.error);
}

/** @param {ServiceWorkerRegistration | undefined} found */
function registered(found) {
  if (!found) return;
  registration.value = found;
  if (found.waiting) offer(found);
  found.addEventListener('updatefound', () => {
    const { installing } = found;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed' && navigator.serviceWorker.controller) offer(found);
    });
  });
}

/** @param {ServiceWorkerRegistration} found */
function offer(found) {
  const act = () => found.waiting?.postMessage('take over');
  toast(t('new-version'), { action: t('reload'), act, lasting: true });
}

onPhase((phase) => {
  if (phase !== 'in') return;
  // A server that comes back may be a newer one.
  const { connection } = client();
  let wasConnected = true;
  connection.subscribe(() => {
    const isConnected = connection.state.status === 'connected';
    if (isConnected && !wasConnected) registration.peek()?.update().catch(() => {});
    wasConnected = isConnected;
  });
});
