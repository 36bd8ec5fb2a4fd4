import { html } from '../lib.js';
export const BottomBar = () => html`<main class="conversation"></main>`;
