/** The people whom I block. */
import { Button } from '../components/button.js';
import { Empty } from '../components/empty.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../lib.js';
import { blocked, loadBlocked, setBlocked } from '../stores/blocked.js';
import { client } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';
import { PersonLine } from './person-line.js';

export function Blocked() {
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = () => loadBlocked().then(() => setError(null), setError);
  useEffect(() => void load(), []);
  const names = blocked.value;
  if (error) return html`<${Empty} icon="warning" text=${errorText(error)}><${Button} onPress=${load}>${t('retry')}<//><//>`;
  if (!names) return html`<div class="list-end"><${Spinner} /></div>`;
  return html`
    <section class="group">
      <p class="meta">${t('block-text')}</p>
      ${!names.length && html`<${Empty} icon="user" text=${t('nobody-blocked')} />`}
      <ul class="plain list" aria-label=${t('blocked-people')}>
        ${names.map(
          (name) => html`
            <li key=${name}>
              <div class="line">
                <${PersonLine} name=${name} />
                <${Button} onPress=${() => setBlocked(name, false)} aria-label=${t('unblock-person', { name: client().people.name(name) })}>${t('unblock')}<//>
              </div>
            </li>
          `,
        )}
      </ul>
    </section>
  `;
}
