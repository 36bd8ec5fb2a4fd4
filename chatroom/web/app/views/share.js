/** What another application has shared with this one. */
import { ROOT } from '../base.js';
import { showDialog } from '../components/dialog.js';
import { go, isShared } from '../router.js';
import { Share } from './lazy.js';

const CACHE = `share ${ROOT}`; // as the service worker calls it

/** Asks for the room, if the page was opened with something shared. */
export function openShared() {
  if (!isShared()) return;
  go({ view: 'home' }, { replace: true });
  takeShared().then((shared) => shared && showDialog(Share, shared), console.error);
}

/** Returns what the worker has kept, once. @returns {Promise<{text: string, files: File[]} | null>} */
async function takeShared() {
  const cache = await caches.open(CACHE);
  const text = await cache.match(`${ROOT}share/text`);
  if (!text) return null;
  const files = [];
  for (let index = 0, kept; (kept = await cache.match(`${ROOT}share/file/${index}`)); index++) {
    const name = decodeURIComponent(kept.headers.get('X-Name') ?? '');
    files.push(new File([await kept.blob()], name, { type: kept.headers.get('Content-Type') ?? '' }));
  }
  const words = await text.text();
  await caches.delete(CACHE);
  return { text: words, files };
}
