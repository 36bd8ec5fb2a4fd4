/** An empty place: one sentence that says what to do first, and the button that does it. */
import { html } from '../lib.js';
import { Icon } from './icon.js';

/** @param {{icon: string, text: string, children?: any}} props */
export const Empty = ({ icon, text, children }) => html`
  <div class="empty">
    <${Icon} name=${icon} />
    <p>${text}</p>
    ${children}
  </div>
`;
