// The form by which one signs up or logs in.
import { $ } from '/dom.js';
import { inWords, post } from '/connection.js';

/** `entered` is called with the token of whoever has come in. */
export class Entrance {
  constructor(entered) {
    this.entered = entered;
    const form = $('entry');
    form.onchange = () => this.showMode(form.mode.value === 'signup');
    form.onsubmit = (event) => this.logIn(event, form);
  }

  /** `token`: one that may still be good. */
  show(words, token) {
    $('entrance').hidden = false;
    $('entry-error').textContent = words;
    $('retry').hidden = !token;
    $('retry').onclick = () => this.entered(token);
    $('entry').name.focus();
  }

  hide() {
    $('entrance').hidden = true;
  }

  showMode(signingUp) {
    $('display-name').hidden = !signingUp;
    $('enter').textContent = signingUp ? 'Sign up' : 'Log in';
    $('entry').password.autocomplete = signingUp ? 'new-password' : 'current-password';
  }

  async logIn(event, { mode, name, displayName, password }) {
    event.preventDefault();
    const body = { name: name.value, password: password.value };
    if (mode.value === 'signup' && displayName.value.trim()) body.displayName = displayName.value;
    $('entry-error').textContent = '';
    $('enter').disabled = true;
    try {
      const { token } = await post(`/api/${mode.value}`, body);
      password.value = '';
      this.entered(token);
    } catch (error) {
      $('entry-error').textContent = inWords(error);
    }
    $('enter').disabled = false;
  }
}
