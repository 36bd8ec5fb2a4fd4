/**
 * The service worker: keeps the files of one version of the page, so that it opens without a network and never mixes two
 * versions; shows notifications; takes what other applications share.
 */
'use strict';

/** The server puts the address of this version's files here. */
const FILES = '/assets/';
/** The path below which the server is. Other applications may be beside it, with caches of their own. */
const ROOT = new URL('./', location.href).pathname;
const PAGES = `page ${ROOT}assets/`;
const CACHE = `page ${FILES}`;
/** Kept over versions: the last answer of the server about itself. */
const SERVER_CACHE = `server ${ROOT}`;
const SERVER = `${ROOT}api/server`;
/** Shared content, until the page takes it. */
const SHARE_CACHE = `share ${ROOT}`;
const ICON = `${FILES}app/icons/icon-192.png`;
const BADGE = `${FILES}app/icons/badge-96.png`;
/** Messages that the notification of a conversation shows. */
const MAX_LINES = 5;

// ---- the files

addEventListener('install', (event) => event.waitUntil(fill()));
addEventListener('activate', (event) => event.waitUntil(clean()));

async function fill() {
  const [list, page] = await Promise.all([fetch(`${FILES}files.json`), fetch(ROOT, { cache: 'no-cache' })]);
  // Between the worker and the page, the server may have become another version. The browser tries again later.
  if (!list.ok || !page.ok || !(await page.clone().text()).includes(FILES)) throw new Error('the files are of another version');
  const cache = await caches.open(CACHE);
  await cache.addAll(await list.json());
  await cache.put(ROOT, page);
}

async function clean() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PAGES) && name !== CACHE).map((name) => caches.delete(name)));
  await clients.claim();
}

/** Whether an address is one of the page. @param path below ROOT */
const isPage = (path) => path === '' || path === 'login' || /^(r|join)\//.test(path);

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || !pathname.startsWith(ROOT)) return;
  const path = pathname.slice(ROOT.length);
  if (request.method === 'POST' && path === 'share') event.respondWith(takeShared(request));
  else if (request.method !== 'GET') return;
  else if (request.mode === 'navigate' && isPage(path)) event.respondWith(kept(ROOT, request));
  else if (pathname.startsWith(FILES)) event.respondWith(kept(pathname, request));
  else if (pathname === SERVER) event.respondWith(newest(request));
});

async function kept(address, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address, { ignoreVary: true })) ?? fetch(request);
}

/** Returns the server's answer, without a network the last one. */
async function newest(request) {
  const cache = await caches.open(SERVER_CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(SERVER, answer.clone());
    return answer;
  } catch (error) {
    const last = await cache.match(SERVER);
    if (last) return last;
    throw error;
  }
}

addEventListener('message', (event) => {
  if (event.data === 'take over') skipWaiting();
});

// ---- what other applications share

/** Keeps the text and the files, and leads to the page, which asks for the room. */
async function takeShared(request) {
  const form = await request.formData();
  const words = ['title', 'text', 'url'].map((name) => form.get(name)).filter(Boolean);
  const cache = await caches.open(SHARE_CACHE);
  const files = form.getAll('files');
  await cache.put(`${ROOT}share/text`, new Response(words.join('\n')));
  for (const [index, file] of files.entries()) {
    const headers = { 'Content-Type': file.type || 'application/octet-stream', 'X-Name': encodeURIComponent(file.name) };
    await cache.put(`${ROOT}share/file/${index}`, new Response(file, { headers }));
  }
  return Response.redirect(`${ROOT}#/share`, 303);
}

// ---- notifications

// One after the other: each looks at what is shown already.
addEventListener('push', (event) => event.waitUntil(alone(() => tell(event.data.json()))));
addEventListener('notificationclick', (event) => event.waitUntil(open(event.notification)));

/** Shows or reads notifications, one at a time with the pages: see their stores/worker.js. */
const alone = (work) => navigator.locks.request('notifications', work);

/** Shows what the server tells, as docs/push.md describes it. */
async function tell(payload) {
  const { type, id, text } = payload;
  if (type === 'test') await registration.showNotification(await serverName(), { body: text, tag: id, icon: ICON, badge: BADGE, data: { link: ROOT } });
  else if (type === 'message') await tellMessage(payload);
}

/** Messages of a conversation share a notification. One that comes twice is shown once. */
async function tellMessage({ id, room, seq, thread, kind, timestamp, unread, title, sender, senderName, text, truncated, files }) {
  const tag = thread === undefined ? room : `${room} ${thread}`;
  const shown = await registration.getNotifications({ tag });
  const before = shown.flatMap(({ data }) => data.lines);
  if (before.some((line) => line.id === id)) return;
  const words = [files && `📎 ${files}`, truncated ? `${text}…` : text].filter(Boolean).join(' ');
  const line = { id, words: sender && kind !== 'direct' ? `${senderName}: ${words}` : words };
  const lines = [...before, line].slice(-MAX_LINES);
  const link = thread === undefined ? `${ROOT}#/rooms/${room}/${seq}` : `${ROOT}#/rooms/${room}/threads/${thread}/${seq}`;
  await registration.showNotification((kind === 'direct' ? senderName : title) ?? (await serverName()), {
    body: lines.map(({ words: each }) => each).join('\n'),
    tag,
    renotify: true,
    timestamp,
    icon: ICON,
    badge: BADGE,
    data: { room, thread, link, lines, unread },
  });
  const all = await registration.getNotifications();
  const count = all.reduce((sum, { data }) => sum + (data?.unread ?? 0), 0);
  await navigator.setAppBadge?.(count).catch(() => {});
}

async function serverName() {
  const answer = await (await caches.open(SERVER_CACHE)).match(SERVER);
  return (await answer?.json())?.name ?? 'chatroom';
}

/** Opens the message in an open page, else in a new one. */
async function open(notification) {
  notification.close();
  const { link } = notification.data;
  const pages = await clients.matchAll({ type: 'window' });
  const page = pages.find(({ focused }) => focused) ?? pages[0];
  if (!page) return clients.openWindow(link);
  page.postMessage({ type: 'open', link });
  return page.focus();
}

/** The browser has replaced the device's address: the server is told, with the browser's cookie. */
addEventListener('pushsubscriptionchange', (event) => event.waitUntil(subscribeAgain(event)));

async function subscribeAgain({ oldSubscription, newSubscription }) {
  const options = oldSubscription?.options ?? (await registration.pushManager.getSubscription())?.options;
  const fresh = newSubscription ?? (options && (await registration.pushManager.subscribe(options)));
  if (!fresh) return;
  const { endpoint, keys } = fresh.toJSON();
  await call('addPushEndpoint', { endpoint, ...keys });
}

/** Makes a call of the protocol on a connection of its own. */
const call = (method, params) =>
  new Promise((done, failed) => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}${ROOT}ws`, 'chatroom.v1');
    const send = (id, name, what) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: name, params: what }));
    socket.onopen = () => send(1, 'connect', {});
    socket.onclose = () => failed(new Error('the connection was lost'));
    socket.onmessage = ({ data }) => {
      const { id, error } = JSON.parse(data);
      if (error) failed(new Error(error.message));
      else if (id === 1) send(2, method, params);
      else if (id === 2) done();
      if (error || id === 2) socket.close();
    };
  });
