import { html } from '../lib.js';
export const SearchView = () => html`<main class="conversation"></main>`;
