/** Where I am logged in, and my password. */
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { confirm } from '../components/dialog.js';
import { Empty } from '../components/empty.js';
import { Password, passwordError } from '../components/password.js';
import { Spinner } from '../components/spinner.js';
import { dateAndTime, t } from '../i18n.js';
import { html, useEffect, useState, useView } from '../lib.js';
import { account, client, logOut, me } from '../stores/session.js';
import { errorText, toast } from '../stores/toasts.js';
import { LogInLine } from './log-in-line.js';
import { DeleteAccount, ExportData } from './settings-data.js';

/** @typedef {import('../../chatroom/accounts.js').LogIn} LogIn */

export const Devices = () => html`
  <section class="group"><${LogIns} /></section>
  <section class="group"><${ChangePassword} /></section>
  <section class="group"><${ExportData} /></section>
  <section class="group"><${DeleteAccount} /></section>
`;

function LogIns() {
  const [logIns, setLogIns] = useState(/** @type {LogIn[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const { sessionId } = useView(client().connection);
  const load = () => account.tokens().then(setLogIns, setError);
  useEffect(() => void load(), [sessionId]);
  const everywhere = () =>
    confirm({ title: t('log-out-everywhere'), text: t('log-out-everywhere-text'), action: t('log-out-everywhere'), act: () => logOut({ everywhere: true }) });
  async function end(/** @type {Promise<unknown>} */ request) {
    await request;
    await load();
  }
  if (error) return html`<${Empty} icon="warning" text=${errorText(error)}><${Button} onPress=${load}>${t('retry')}<//><//>`;
  return html`
    <h2>${t('log-ins')}</h2>
    <p class="meta">${t('log-ins-hint')}</p>
    ${!logIns && html`<div class="list-end"><${Spinner} /></div>`}
    <ul class="plain list" aria-label=${t('log-ins')}>
      ${logIns?.map((logIn) => html`<li key=${logIn.id}><${MyLogIn} logIn=${logIn} mine=${sessionId} onEnd=${end} /></li>`)}
    </ul>
    <div class="form-foot"><${Button} icon="exit" onPress=${everywhere}>${t('log-out-everywhere')}<//></div>
  `;
}

/** @param {{logIn: LogIn, mine: string | null, onEnd: (request: Promise<unknown>) => Promise<void>}} props */
const MyLogIn = ({ logIn, mine, onEnd }) => html`
  <${LogInLine} logIn=${logIn} onEnd=${() => onEnd(account.revokeToken(logIn.id))}>
    ${logIn.sessions.map(
      ({ sessionId, address, connectedAt }) => html`
        <span key=${sessionId} class="row meta">
          <span class="spread">${t('connected-from', { address, time: dateAndTime(connectedAt) })}</span>
          ${sessionId !== mine && html`<button type="button" class="link" onClick=${() => onEnd(account.endSession(sessionId))}>${t('disconnect')}</button>`}
        </span>
      `,
    )}
  <//>
`;

function ChangePassword() {
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const { busy, error, run: change } = useAction(async () => {
    await account.changePassword(old, next);
    setOld('');
    setNext('');
    toast(t('password-changed'));
  });
  const wrongOld = error?.reason === 'forbidden' && /^old/.test(error.message);
  return html`
    <h2>${t('change-password')}</h2>
    <form class="form" onSubmit=${change}>
      <input type="text" autocomplete="username" value=${me()} readonly hidden />
      <${Password} label=${t('old-password')} value=${old} onInput=${setOld} error=${wrongOld ? t('wrong-password') : null} autocomplete="current-password" required />
      <${Password} label=${t('new-password')} hint=${t('password-hint')} value=${next} onInput=${setNext} error=${error && !wrongOld ? (passwordError(error) ?? errorText(error)) : null} autocomplete="new-password" minlength="8" required />
      <p class="meta">${t('change-password-hint')}</p>
      <div class="form-foot"><${Button} kind="primary" type="submit" busy=${busy} disabled=${!old || !next}>${t('change-password')}<//></div>
    </form>
  `;
}
