/** The frame of a panel beside the open room: a title, a button that closes it, and its content. */
import { t } from '../i18n.js';
import { html, useId } from '../lib.js';
import { goToPanel } from '../router.js';
import { IconButton } from './button.js';

/**
 * @param {object} props
 * @param {string} props.title
 * @param {any} [props.tools] buttons before that which closes the panel
 * @param {any} props.children
 */
export function PanelFrame({ title, tools, children }) {
  const heading = useId();
  function key(/** @type {KeyboardEvent} */ event) {
    if (event.key === 'Escape' && !event.defaultPrevented) goToPanel(null);
  }
  return html`
    <aside class="panel" aria-labelledby=${heading} onKeyDown=${key}>
      <header class="view-head">
        <h2 id=${heading} class="spread truncate">${title}</h2>
        ${tools}
        <${IconButton} icon="close" label=${t('close')} onPress=${() => goToPanel(null)} />
      </header>
      <div class="panel-body">${children}</div>
    </aside>
  `;
}
