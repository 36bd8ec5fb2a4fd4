import { html } from '../lib.js';
export const Settings = () => html`<main class="conversation"></main>`;
