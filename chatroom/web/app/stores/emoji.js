/** The emoji used last on this device. */
import { signal } from '../lib.js';

const KEY = 'chatroom.emoji';
const KEPT = 24;
const FIRST = ['👍', '❤️', '😄', '🎉', '👀', '🙏'];

/** @returns {string[]} */
function load() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '') || FIRST;
  } catch {
    return FIRST;
  }
}

export const recentEmoji = signal(load());

/** @param {string} emoji */
export function usedEmoji(emoji) {
  recentEmoji.value = [emoji, ...recentEmoji.value.filter((other) => other !== emoji)].slice(0, KEPT);
  localStorage.setItem(KEY, JSON.stringify(recentEmoji.value));
}
