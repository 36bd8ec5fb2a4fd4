/** Where a person is logged in: for admins of the server. */
import { Button } from '../components/button.js';
import { Dialog, closeDialog, confirm } from '../components/dialog.js';
import { Empty } from '../components/empty.js';
import { Icon } from '../components/icon.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../lib.js';
import { client } from '../stores/session.js';
import { errorText, failed } from '../stores/toasts.js';
import { LogInText, deviceName } from './log-in-text.js';

/** @typedef {import('./log-in-text.js').Shown & {id: string}} LogIn */

/** @param {{user: string, displayName: string}} props */
export function PersonLogIns({ user, displayName }) {
  const [logIns, setLogIns] = useState(/** @type {LogIn[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const address = `/api/admin/users/${encodeURIComponent(user)}/log-ins`;
  async function load() {
    setError(null);
    try {
      setLogIns((await client().http.json('GET', address)).logIns);
    } catch (reason) {
      setError(reason);
    }
  }
  useEffect(() => void load(), [user]);
  const end = (/** @type {string} */ ended) => client().http.json('DELETE', ended).then(load);
  const everywhere = () =>
    confirm({
      title: t('log-out-everywhere'),
      text: t('log-out-person-text', { name: displayName }),
      action: t('log-out-everywhere'),
      act: () => end(address),
    });
  const footer = html`
    ${Boolean(logIns?.length) && html`<${Button} kind="danger" icon="exit" onPress=${everywhere}>${t('log-out-everywhere')}<//>`}
    <${Button} onPress=${closeDialog}>${t('done')}<//>
  `;
  return html`
    <${Dialog} title=${t('log-ins-of', { name: displayName })} footer=${footer}>
      ${error
        ? html`<${Empty} icon="warning" text=${errorText(error)}><${Button} onPress=${load}>${t('retry')}<//><//>`
        : !logIns
          ? html`<div class="centered"><${Spinner} /></div>`
          : !logIns.length
            ? html`<${Empty} icon="device" text=${t('no-log-ins')} />`
            : html`<ul class="plain list" aria-label=${t('log-ins')}>${logIns.map((logIn) => html`<li key=${logIn.id}><${Line} logIn=${logIn} onEnd=${() => end(`${address}/${logIn.id}`).catch(failed)} /></li>`)}</ul>`}
    <//>
  `;
}

/** @param {{logIn: LogIn, onEnd: () => unknown}} props */
const Line = ({ logIn, onEnd }) => html`
  <div class="line tall">
    <${Icon} name="device" />
    <div class="spread line-text"><${LogInText} logIn=${logIn} /></div>
    <${Button} aria-label=${t('end-log-in', { device: deviceName(logIn.label) })} onPress=${onEnd}>${t('log-out')}<//>
  </div>
`;
