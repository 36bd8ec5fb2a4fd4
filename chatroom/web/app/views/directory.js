import { html } from '../lib.js';
export const Directory = () => html`<main class="conversation"></main>`;
