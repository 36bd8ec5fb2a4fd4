// The form by which one signs up or logs in.
import { $ } from '/dom.js';
import { inWords, post } from '/connection.js';

const TOO_MANY_SESSIONS = 4504;

/** By which a person knows this log-in again. */
function label() {
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(navigator.userAgent)?.[0] ?? 'Browser';
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(navigator.userAgent)?.[0];
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return system ? `${name} on ${system}` : name;
}

/** `entered` is called with the token of the person who logs in. `account` is the dialog. */
export class LogInForm {
  constructor(entered, account) {
    Object.assign(this, { entered, account });
    const form = $('log-in-form');
    form.onchange = () => this.showMode(form.mode.value === 'signup');
    $('retry').onclick = () => this.entered(this.token);
    $('show-log-ins').onclick = () => this.account.open(this.token);
    form.onsubmit = (event) => this.logIn(event, form);
  }

  /** `token`: one that may still be good. `code`: why the connection was closed. */
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
    $('log-in-error').textContent = '';
    $('log-in-button').disabled = true;
    try {
      const { token } = await post(`/api/${mode.value}`, body);
      password.value = '';
      this.entered(token);
    } catch (error) {
      $('log-in-error').textContent = inWords(error);
    }
    $('log-in-button').disabled = false;
  }
}
