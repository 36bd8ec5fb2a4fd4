import { html } from '../lib.js';
export const ThreadsView = () => html`<main class="conversation"></main>`;
