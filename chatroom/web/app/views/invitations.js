import { html } from '../lib.js';
export const InviteToServer = () => html``;
