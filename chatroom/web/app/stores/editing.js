/** The row that is being edited: its room and the key of its message, or null. One at a time. */
import { signal } from '../lib.js';

/** @type {import('../lib.js').Signal<string | null>} */
export const editing = signal(null);

const rowOf = (/** @type {{room: string, key: string}} */ { room, key }) => `${room} ${key}`;

/** @param {{room: string, key: string}} message */
export const edit = (message) => (editing.value = rowOf(message));

/** @param {{room: string, key: string}} message */
export const isEdited = (message) => editing.value === rowOf(message);
