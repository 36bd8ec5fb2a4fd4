/** What all panels share: a header with title and close, and a body. Escape closes. On phones it is all that is seen, and an arrow goes back. */
import { IconButton } from './button.js';
import { t } from '../i18n.js';
import { html, useEffect, useLayoutEffect, useRef } from '../lib.js';
import { goToPanel, openRoom } from '../router.js';
import { isPhone, isTouch } from '../stores/layout.js';
import { client } from '../stores/session.js';
import { roomName } from '../views/names.js';

/**
 * @param {object} props
 * @param {string} props.title
 * @param {any} [props.subtitle]
 * @param {any} [props.actions] icon buttons before the close button
 * @param {any} props.children
 */
export function PanelFrame({ title, subtitle, actions, children }) {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const panel = element.current;
    return () => {
      if (panel?.contains(document.activeElement) && opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    // The focus goes into the panel, unless something in it has taken it.
    if (!isTouch.value && !element.current?.contains(document.activeElement)) element.current?.focus({ preventScroll: true });
  }, [title]);
  const close = () => goToPanel(null);
  function key(/** @type {KeyboardEvent} */ event) {
    if (event.key === 'Escape' && !event.defaultPrevented) close();
  }
  return html`
    <${isPhone.value ? 'main' : 'aside'} ref=${element} class="panel" aria-label=${title} tabindex="-1" onKeyDown=${key}>
      <header class="view-head">
        ${isPhone.value && html`<${IconButton} icon="back" label=${t('back')} onPress=${close} />`}
        <div class="view-title spread">
          ${isPhone.value && openRoom.value && html`<h1 class="visually-hidden">${roomName(openRoom.value, client().inbox.entry(openRoom.value))}</h1>`}
          <h2 class="truncate" dir="auto">${title}</h2>
          ${subtitle && html`<span class="meta truncate">${subtitle}</span>`}
        </div>
        ${actions} ${!isPhone.value && html`<${IconButton} icon="close" label=${t('close')} onPress=${close} />`}
      </header>
      ${children}
    <//>
  `;
}
