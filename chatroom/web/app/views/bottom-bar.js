/** On phones: the places that are one press away. */
import { Icon } from '../components/icon.js';
import { t } from '../i18n.js';
import { cx, html, useView } from '../lib.js';
import { href, route } from '../router.js';
import { client } from '../stores/session.js';
import { Badge } from './sidebar.js';

/** The views that count as being at a place. @type {readonly {view: 'home' | 'mentions' | 'search' | 'you', icon: string, text: string, more: readonly string[]}[]} */
const PLACES = [
  { view: 'home', icon: 'home', text: 'home', more: ['threads', 'directory'] },
  { view: 'mentions', icon: 'at', text: 'mentions', more: [] },
  { view: 'search', icon: 'search', text: 'search', more: [] },
  { view: 'you', icon: 'user', text: 'you', more: ['settings', 'admin'] },
];

export function BottomBar() {
  const { unread, mentions } = useView(client().inbox);
  const { view: open } = route.value;
  const badges = { home: html`<${Badge} unread=${unread} mentions=${0} />`, mentions: html`<${Badge} unread=${0} mentions=${mentions} />` };
  return html`
    <nav class="bottom-bar" aria-label=${t('places')}>
      ${PLACES.map(({ view, icon, text, more }) => {
        const here = open === view || more.includes(open);
        return html`
          <a key=${view} class=${cx('place', here && 'here')} href=${href({ view })} aria-current=${open === view ? 'page' : undefined}>
            <span class="place-sign"><${Icon} name=${icon} />${badges[/** @type {'home'} */ (view)]}</span><span class="truncate">${t(text)}</span>
          </a>
        `;
      })}
    </nav>
  `;
}
