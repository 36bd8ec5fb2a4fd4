/** The rooms opened last in this tab, the latest first. The quick switcher shows them first. */
import { effect, signal, untracked } from '../lib.js';
import { openRoom } from '../router.js';
import { onPhase } from './session.js';

const KEPT = 30;

/** @type {import('../lib.js').Signal<readonly string[]>} */
export const recentRooms = signal([]);

effect(() => {
  const room = openRoom.value;
  if (!room) return;
  untracked(() => {
    recentRooms.value = [room, ...recentRooms.value.filter((other) => other !== room)].slice(0, KEPT);
  });
});

onPhase((phase) => {
  if (phase === 'out') recentRooms.value = [];
});
