/** Notices at the bottom of the page. Screen readers speak them. */
import { Button, IconButton } from '../components/button.js';
import { t } from '../i18n.js';
import { cx, html } from '../lib.js';
import { toasts } from '../stores/toasts.js';

export const Toasts = () => html`
  <div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      ({ id, text, kind, action, act }) => html`
        <div key=${id} class=${cx('toast', kind)}>
          <span class="spread">${text}</span>
          ${action && html`<${Button} kind="quiet" onPress=${act}>${action}<//>`}
          ${!action && html`<${IconButton} icon="close" label=${t('close')} onPress=${() => (toasts.value = toasts.value.filter((other) => other.id !== id))} />`}
        </div>
      `,
    )}
  </div>
`;
