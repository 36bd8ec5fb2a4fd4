/** Log-in and sign-up. */
import { Button } from '../components/button.js';
import { Field } from '../components/field.js';
import { t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { goToRoom } from '../router.js';
import { server } from '../stores/server.js';
import { account, begin, ending } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';

/** Returns the code of the invitation that brought somebody here. */
const invitationCode = () => new URLSearchParams(location.search).get('invitation') ?? undefined;

export function LogIn() {
  const invitation = invitationCode();
  const [isNew, setIsNew] = useState(invitation !== undefined);
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  async function submit(/** @type {SubmitEvent} */ event) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const label = navigator.userAgent.slice(0, 80);
      if (isNew) {
        const { room } = await account.signUp({ name, password, label, invitation, displayName: displayName.trim() || undefined });
        if (room) goToRoom(room);
      } else {
        await account.logIn({ name, password, label });
      }
      if (invitation) history.replaceState(null, '', location.pathname + location.hash);
      begin();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  }
  const { name: serverName, signup } = server.value;
  const why = ending.value?.reason;
  return html`
    <main class="login">
      <form class="login-box stack" onSubmit=${submit}>
        <h1>${isNew ? t('sign-up-to', { server: serverName }) : t('log-in-to', { server: serverName })}</h1>
        ${why && html`<p class="notice" role="alert">${t(`ended-${why.replaceAll('_', '-')}`)}</p>`}
        <${Field}
          label=${t('account-name')}
          hint=${isNew ? t('account-name-hint') : undefined}
          value=${name}
          onInput=${setName}
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          maxlength="64"
          required
          autofocus
        />
        ${isNew &&
        html`<${Field} label=${t('display-name')} hint=${t('display-name-hint')} value=${displayName} onInput=${setDisplayName} autocomplete="name" maxlength="80" />`}
        <${Field}
          label=${t('password')}
          hint=${isNew ? t('password-hint') : undefined}
          type="password"
          value=${password}
          onInput=${setPassword}
          autocomplete=${isNew ? 'new-password' : 'current-password'}
          minlength=${isNew ? 8 : undefined}
          maxlength="128"
          required
        />
        ${error && html`<p class="error" role="alert">${errorText(error)}</p>`}
        <${Button} kind="primary" type="submit" busy=${busy}>${isNew ? t('sign-up') : t('log-in')}<//>
        ${signup !== 'closed' &&
        html`<button type="button" class="link" onClick=${() => setIsNew(!isNew)}>${isNew ? t('have-account') : t('need-account')}</button>`}
      </form>
    </main>
  `;
}
