/** The message being edited: its room and seq, such as `general 17`, or null. One at a time. */
import { signal } from '../lib.js';

/** @type {import('../lib.js').Signal<string | null>} */
export const editing = signal(null);

/** @param {{room: string, seq: number}} message */
export const edit = ({ room, seq }) => (editing.value = `${room} ${seq}`);
