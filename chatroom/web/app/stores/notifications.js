/** Notifications of this browser, which the page and its service worker show. */
import { registration } from './worker.js';

/**
 * Calls a function that shows or reads notifications, one at a time with those of the worker: Chromium takes a notification that
 * is not shown yet for one that was closed, if another call reads them meanwhile.
 * @param {(found: ServiceWorkerRegistration) => Promise<void>} work
 */
export async function withNotifications(work) {
  const found = registration.peek();
  if (found) await navigator.locks.request('notifications', () => work(found));
}

/** Closes the notifications of conversations. @param {(data: any) => boolean} isMeant given the room and the thread */
export const closeNotifications = (isMeant) =>
  withNotifications(async (found) => {
    for (const each of await found.getNotifications()) if (each.data?.room && isMeant(each.data)) each.close();
  });
