import { html } from '../lib.js';
export const Panel = () => html`<main class="conversation"></main>`;
