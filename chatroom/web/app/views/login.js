/** Log-in and sign-up. */
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { Field } from '../components/field.js';
import { Password, passwordError } from '../components/password.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../lib.js';
import { forgetInvitation, goToRoom, invitationCode } from '../router.js';
import '../stores/push.js'; // unsubscribes this device
import { server } from '../stores/server.js';
import { account, begin, ending, enter } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';

export function LogIn() {
  const [isNew, setIsNew] = useState(invitationCode() !== undefined);
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const { busy, error, run: submit, clear } = useAction(async () => {
    await enter(async () => {
      if (isNew) await signUp(name, displayName, password);
      else await account.logIn({ name, password, label: label() });
    });
    begin();
  });
  useEffect(clear, [isNew, name, displayName, password]);
  const { name: serverName, signup, needsAdmin } = server.value;
  const why = ending.value?.reason;
  const errors = placed(error, isNew);
  const invited = invitationCode() !== undefined;
  return html`
    <main class="login">
      <form class="login-box stack" onSubmit=${submit}>
        <h1>${t(isNew ? 'sign-up-to' : 'log-in-to', { server: serverName })}</h1>
        ${why && html`<p class="notice" role="alert">${t(`ended-${why.replaceAll('_', '-')}`)}</p>`} ${invited && html`<p class="meta">${t(isNew ? 'invited' : 'invited-log-in')}</p>`}
        ${needsAdmin && !invited && html`<p class="notice">${t('needs-admin')}</p>`}
        ${isNew && !invited && signup === 'invite' && html`<p class="notice">${t('invitation-needed')}</p>`}
        <${Field}
          label=${t('account-name')}
          hint=${isNew ? t('account-name-hint') : undefined}
          error=${errors.name}
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
        html`<${Field} label=${t('display-name')} hint=${t('display-name-hint')} error=${errors.displayName} value=${displayName} onInput=${setDisplayName} autocomplete="name" maxlength="80" />`}
        <${Password}
          label=${t('password')}
          hint=${isNew ? t('password-hint') : undefined}
          error=${errors.password}
          value=${password}
          onInput=${setPassword}
          autocomplete=${isNew ? 'new-password' : 'current-password'}
          minlength=${isNew ? 8 : undefined}
          required
        />
        ${errors.form && html`<p class="error" role="alert">${errors.form}</p>`}
        <${Button} kind="primary" type="submit" busy=${busy}>${t(isNew ? 'sign-up' : 'log-in')}<//>
        ${signup === 'closed' && !invited
          ? html`<p class="meta">${t('sign-up-closed')}</p>`
          : html`<button type="button" class="link" onClick=${() => setIsNew(!isNew)}>${t(isNew ? 'have-account' : 'need-account')}</button>`}
      </form>
    </main>
  `;
}

/** Returns words by which people know this device in the list of their log-ins, such as "Firefox, Linux". */
function label() {
  const agent = navigator.userAgent;
  const find = (/** @type {readonly [RegExp, string][]} */ known) => known.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = find([
    [/Edg\//, 'Edge'],
    [/OPR\//, 'Opera'],
    [/Firefox\//, 'Firefox'],
    [/Chrome\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]);
  const system = find([
    [/Android/, 'Android'],
    [/iPhone|iPad/, 'iOS'],
    [/Mac OS X/, 'macOS'],
    [/Windows/, 'Windows'],
    [/CrOS/, 'ChromeOS'],
    [/Linux/, 'Linux'],
  ]);
  return [browser, system].filter(Boolean).join(', ') || agent.slice(0, 80);
}

/** @param {string} name @param {string} displayName @param {string} password */
async function signUp(name, displayName, password) {
  const invitation = invitationCode();
  const { room } = await account.signUp({ name, password, label: label(), invitation, displayName: displayName.trim() || undefined });
  if (invitation) forgetInvitation();
  if (room) goToRoom(room);
}

/**
 * Returns the words for a refusal, beside the field that it is about.
 * @param {any} error
 * @param {boolean} isNew
 * @returns {{name?: string, displayName?: string, password?: string, form?: string}}
 */
function placed(error, isNew) {
  if (!error) return {};
  const { reason, field } = error;
  if (reason === 'conflict') return { name: t('name-taken') };
  if (reason === 'unauthenticated') return { password: t('error-unauthenticated') };
  if (reason === 'forbidden') return { form: t(invitationCode() ? 'invitation-invalid' : isNew ? 'sign-up-refused' : 'account-disabled') };
  const words = passwordError(error) ?? errorText(error);
  if (field === 'name' || field === 'displayName' || field === 'password') return { [field]: words };
  return { form: words };
}
