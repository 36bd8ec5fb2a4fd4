import { html } from '../lib.js';
export const MentionsView = () => html`<main class="conversation"></main>`;
