// The form to log in or sign up.
import { $ } from './dom.js';
import { errorText, post } from './connection.js';

const TOO_MANY_SESSIONS = 4504;

/** Returns the label that describes this log-in in the user's list. */
function label() {
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(navigator.userAgent)?.[0] ?? 'Browser';
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(navigator.userAgent)?.[0];
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return system ? `${name} on ${system}` : name;
}

/** The code of the invitation by which the page was opened, until it is used. */
const invitation = { code: new URLSearchParams(location.search).get('invitation') };

/** Returns that code once. It is secret, so it is also removed from the address. */
export function takeInvitation() {
  const { code } = invitation;
  invitation.code = null;
  if (code) history.replaceState(null, '', location.pathname + location.hash);
  return code;
}

/** `loggedIn(token)` is called after a log-in. `account` is the account dialog. */
export class LogInForm {
  constructor(loggedIn, account) {
    Object.assign(this, { loggedIn, account });
    const form = $('log-in-form');
    form.onchange = () => this.showMode(form.mode.value === 'signup');
    if (invitation.code) {
      form.mode.value = 'signup';
      this.showMode(true);
    }
    $('retry').onclick = () => this.loggedIn(this.token);
    $('show-log-ins').onclick = () => this.account.open(this.token);
    form.onsubmit = (event) => this.logIn(event, form);
  }

  /** Shows the form. `token`: may still be valid. `code`: the close code of the connection. */
  show(words, token, code) {
    $('log-in').hidden = false;
    $('log-in-error').textContent = words;
    this.token = token;
    $('retry').hidden = !token;
    $('show-log-ins').hidden = code !== TOO_MANY_SESSIONS;
    $('log-in-form').name.focus();
  }

  renewed(old, token) {
    if (this.token === old) this.token = token;
  }

  hide() {
    $('log-in').hidden = true;
  }

  showMode(signingUp) {
    $('display-name').hidden = !signingUp;
    $('log-in-button').textContent = signingUp ? 'Sign up' : 'Log in';
    $('log-in-form').password.autocomplete = signingUp ? 'new-password' : 'current-password';
  }

  async logIn(event, { mode, name, displayName, password }) {
    event.preventDefault();
    const body = { name: name.value, password: password.value, label: label() };
    if (mode.value === 'signup' && displayName.value.trim()) body.displayName = displayName.value;
    if (mode.value === 'signup' && invitation.code) body.invitation = invitation.code;
    $('log-in-error').textContent = '';
    $('log-in-button').disabled = true;
    try {
      const { token, room } = await post(`/api/${mode.value}`, body);
      password.value = '';
      if (body.invitation) takeInvitation();
      if (room) location.hash = room;
      this.loggedIn(token);
    } catch (error) {
      $('log-in-error').textContent = errorText(error);
    }
    $('log-in-button').disabled = false;
  }
}
