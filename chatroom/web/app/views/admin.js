import { html } from '../lib.js';
export const Admin = () => html`<main class="conversation"></main>`;
