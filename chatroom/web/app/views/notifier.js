/** What the device shows of unread messages: a badge, and notifications while the page is open but not looked at. */
import { isGroup, partnerOf } from '../../chatroom/index.js';
import { t } from '../i18n.js';
import { useEffect, useRef, useView } from '../lib.js';
import { href } from '../router.js';
import { isSeen } from '../stores/layout.js';
import { closeNotifications, withNotifications } from '../stores/notifications.js';
import { state as push } from '../stores/push.js';
import { client, me } from '../stores/session.js';
import { isAnySeen } from '../stores/tabs.js';
import { registration } from '../stores/worker.js';
import { roomName } from './names.js';

const ICON = new URL('../icons/icon-192.png', import.meta.url).href;

export function Notifier() {
  const { rooms, unread, complete } = useView(client().inbox);
  useBadge(unread);
  useNotifications(rooms, complete);
  return null;
}

/** @param {number} unread */
function useBadge(unread) {
  useEffect(() => {
    navigator.setAppBadge?.(unread).catch(() => {});
  }, [unread]);
}

/** @param {readonly any[]} rooms @param {boolean} complete */
function useNotifications(rooms, complete) {
  const last = useRef(/** @type {Map<string, any> | null} */ (null));
  const found = registration.value;
  useEffect(() => {
    if (!complete) return;
    const before = last.current;
    last.current = new Map(rooms.map((entry) => [entry.room, entry]));
    const isRead = (/** @type {any} */ entry) => !entry.unread && (!before || before.get(entry.room)?.unread);
    const read = new Set(rooms.filter(isRead).map(({ room }) => room));
    if (read.size) closeNotifications(({ room, thread }) => thread === undefined && read.has(room)).catch(() => {});
    if (!before || isSeen.peek() || push.peek() === 'on' || globalThis.Notification?.permission !== 'granted') return;
    const news = rooms.filter((entry) => isNews(entry, before.get(entry.room)));
    if (news.length) tell(news).catch(console.error);
  }, [rooms, complete, found]);
}

/** Shows news, unless the person looks at another tab, which shows it. @param {readonly any[]} news */
const tell = (news) =>
  withNotifications(async (worker) => {
    // Asked here, so that what is read meanwhile is closed after it was shown.
    if (!(await isAnySeen())) await Promise.all(news.map((entry) => show(worker, entry)));
  });

/**
 * Whether an entry has a message more that I want to be told of.
 * @param {any} entry
 * @param {any} before
 */
function isNews({ room, unread, mentions, notifications, lastMessage }, before) {
  if (notifications === 'none' || !lastMessage || lastMessage.sender === me()) return false;
  if (notifications === 'all' || partnerOf(room, me())) return unread > (before?.unread ?? 0);
  return mentions > (before?.mentions ?? 0);
}

/** @param {ServiceWorkerRegistration} worker @param {any} entry */
function show(worker, entry) {
  const { room, kind, unread, lastMessage } = entry;
  const { sender, text, files, seq } = lastMessage;
  const name = client().people.name(sender);
  const words = text || t('file-count', { count: files?.length ?? files ?? 1 });
  const body = kind === 'room' || isGroup(room) ? `${name}: ${words}` : words;
  const link = `/${href({ view: 'room', room, seq })}`;
  const options = { body, tag: room, renotify: true, icon: ICON, data: { room, link, lines: [], unread } };
  return worker.showNotification(roomName(room, entry), options);
}
