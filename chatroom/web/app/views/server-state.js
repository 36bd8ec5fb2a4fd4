/** What the server says of itself to admins: name, sign-up, and what an operator should see to. */
import { Button } from '../components/button.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../lib.js';
import { server } from '../stores/server.js';

/** @typedef {{status: string, reason?: string, warnings?: string[]}} Health */

export function ServerState() {
  const [health, setHealth] = useState(/** @type {Health | null} */ (null));
  const load = () =>
    fetch('healthz')
      .then((answer) => answer.json())
      .then(setHealth, () => setHealth({ status: 'unreachable' }));
  useEffect(() => void load(), []);
  const { name, signup } = server.value;
  if (!health) return html`<div class="list-end"><${Spinner} /></div>`;
  const { status, reason, warnings = [] } = health;
  return html`
    <section class="group">
      <dl class="facts">
        <dt>${t('server-name')}</dt><dd dir="auto">${name}</dd>
        <dt>${t('sign-up-policy')}</dt><dd>${t(signup === 'closed' ? 'sign-up-closed-policy' : `sign-up-${signup}`)}</dd>
        <dt>${t('state')}</dt><dd>${t(status === 'ok' ? 'state-ok' : 'state-trouble')} ${reason}</dd>
      </dl>
      ${warnings.map((warning) => html`<p key=${warning} class="notice">${warning}</p>`)}
      <div class="form-foot"><${Button} icon="retry" onPress=${load}>${t('check-again')}<//></div>
      <p class="meta">${t('server-settings-hint')}</p>
    </section>
  `;
}
