/** The frame of a view that is no conversation: a header, tabs if there are any, and content of a readable width. */
import { Icon } from '../components/icon.js';
import { t } from '../i18n.js';
import { cx, html, useLayoutEffect, useRef } from '../lib.js';
import { href } from '../router.js';
import { isPhone } from '../stores/layout.js';

/**
 * @typedef {object} Tab
 * @property {string} id of the route
 * @property {string} text
 * @property {string} icon
 */

/**
 * @param {object} props
 * @param {string} props.title
 * @param {any} [props.tools] at the end of the header
 * @param {boolean} [props.top] whether the bar at the bottom leads to it, so that it needs no way back
 * @param {'settings' | 'admin'} [props.view] of the tabs
 * @param {readonly Tab[]} [props.tabs]
 * @param {string} [props.tab] the open one
 * @param {any} props.children
 */
export const ViewFrame = ({ title, tools, top, view, tabs, tab, children }) => html`
  <main class="conversation" aria-label=${title}>
    <header class="view-head">
      ${isPhone.value && !top && html`<a class="button quiet square" href=${href({ view: view ? 'you' : 'home' })} aria-label=${t('back')}><${Icon} name="back" /></a>`}
      <h1 class="spread truncate">${title}</h1>
      ${tools}
    </header>
    <div class=${cx('view-body', tabs && 'with-tabs')}>
      ${tabs && view && html`<${Tabs} title=${title} view=${view} tabs=${tabs} tab=${tab} />`}
      <div class="view-scroll scroll"><div class="view-content">${children}</div></div>
    </div>
  </main>
`;

/** @param {{title: string, view: 'settings' | 'admin', tabs: readonly Tab[], tab?: string}} props */
function Tabs({ title, view, tabs, tab }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => list.current?.querySelector('.here')?.scrollIntoView({ inline: 'center', block: 'nearest' }), [tab]);
  return html`
    <nav ref=${list} class="tabs" aria-label=${title}>
      ${tabs.map(
        ({ id, text, icon }) => html`
          <a key=${id} class=${cx('tab', id === tab && 'here')} href=${href({ view, tab: id })} aria-current=${id === tab ? 'page' : undefined}>
            <${Icon} name=${icon} /><span>${text}</span>
          </a>
        `,
      )}
    </nav>
  `;
}
