/** What limits a message: its length, and the room's slow mode. */
import { t } from '../i18n.js';
import { cx, html, useEffect, useState, useView } from '../lib.js';
import { client, me } from '../stores/session.js';

/** So many characters before the limit the counter is shown. */
const COUNTER_CHARS = 500;

/**
 * Returns the length of a text in characters, as the server counts, and whether it takes such a text.
 * @param {string} text
 */
export function lengthOf(text) {
  const { limits } = client().connection.state;
  const trimmed = text.trim();
  const chars = [...trimmed].length;
  const bytes = trimmed.length * 3 <= (limits?.textBytes ?? Infinity) ? 0 : new TextEncoder().encode(trimmed).length;
  return { chars, mayBeSent: !limits || (chars <= limits.textChars && bytes <= limits.textBytes) };
}

/** @param {{chars: number}} props */
export function Counter({ chars }) {
  const limit = client().connection.state.limits?.textChars ?? Infinity;
  const left = limit - chars;
  if (left > COUNTER_CHARS) return null;
  const words = left < 0 ? t('too-long', { count: -left }) : t('characters-left', { count: left });
  return html`<span class=${cx('counter meta', left < 0 && 'error')} role="status" aria-label=${words} title=${words}>${left}</span>`;
}

/**
 * Returns the seconds until I may write again in a room with slow mode.
 * @param {string} room
 */
export function useSlowMode(room) {
  const view = client().room(room);
  const pauseMs = useView(view, ({ info }) => (info?.role === 'member' ? info.slowModeS * 1000 : 0));
  const last = useView(view, ({ messages }) => (pauseMs ? (messages.findLast(({ sender }) => sender === me())?.timestamp ?? 0) : 0));
  const [, tick] = useState(0);
  const waitS = pauseMs && Math.max(Math.ceil((last + pauseMs - client().serverTime()) / 1000), 0);
  useEffect(() => {
    if (!waitS) return undefined;
    const timer = setTimeout(() => tick(waitS), 1000);
    return () => clearTimeout(timer);
  });
  return waitS;
}
