/** Where a person is logged in: for admins of the server. */
import { Button } from '../components/button.js';
import { Dialog, closeDialog, confirm } from '../components/dialog.js';
import { Empty } from '../components/empty.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../lib.js';
import { client } from '../stores/session.js';
import { errorText, failed } from '../stores/toasts.js';
import { LogInLine } from './log-in-line.js';

/** @typedef {import('./log-in-line.js').Shown} Shown */

/** @param {{user: string, displayName: string}} props */
export function PersonLogIns({ user, displayName }) {
  const [logIns, setLogIns] = useState(/** @type {Shown[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const address = `/api/admin/users/${encodeURIComponent(user)}/log-ins`;
  async function load() {
    setError(null);
    try {
      setLogIns((await client().http.json('GET', address)).logIns);
    } catch (refusal) {
      setError(refusal);
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
            : html`<ul class="plain list" aria-label=${t('log-ins')}>${logIns.map((logIn) => html`<li key=${logIn.id}><${LogInLine} logIn=${logIn} onEnd=${() => end(`${address}/${logIn.id}`).catch(failed)} /></li>`)}</ul>`}
    <//>
  `;
}
