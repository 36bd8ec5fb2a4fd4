/** On phones: me, my settings, and the log-out. */
import { Avatar } from '../components/avatar.js';
import { Icon } from '../components/icon.js';
import { t } from '../i18n.js';
import { html, useView } from '../lib.js';
import { href } from '../router.js';
import { client, logOut, me } from '../stores/session.js';
import { statusOf } from './person-line.js';
import { TABS } from './settings.js';
import { ViewFrame } from './view-frame.js';

export function You() {
  const { people, connection } = client();
  const { serverRole } = useView(connection);
  const mine = useView(people, ({ profiles }) => profiles.get(me()));
  const status = statusOf(mine);
  const lines = [
    ...Object.entries(TABS).map(([tab, { icon, text }]) => ({ icon, text, link: href({ view: 'settings', tab }) })),
    ...(serverRole === 'admin' ? [{ icon: 'shield', text: 'administration', link: href({ view: 'admin', tab: 'people' }) }] : []),
  ];
  return html`
    <${ViewFrame} title=${t('you')} top>
      <div class="profile-card">
        <${Avatar} name=${me()} size="huge" />
        <h2 dir="auto">${people.name(me())}</h2>
        <p class="meta">@${me()}</p>
        ${status && html`<p dir="auto">${status.emoji} ${status.text}</p>`}
      </div>
      <ul class="plain list you-list">
        ${lines.map(
          ({ icon, text, link }) => html`
            <li key=${text}>
              <a class="line" href=${link}><${Icon} name=${icon} /><span class="spread">${t(text)}</span><${Icon} name="forward" /></a>
            </li>
          `,
        )}
        <li><button type="button" class="line" onClick=${() => logOut()}><${Icon} name="exit" /><span class="spread">${t('log-out')}</span></button></li>
      </ul>
    <//>
  `;
}
