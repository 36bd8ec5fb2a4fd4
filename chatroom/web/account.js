// The account dialog: change the password, end log-ins. Needs a token, but no connection.
import { ask, errorText, post } from './connection.js';
import { $, button, make, reconcile } from './dom.js';

const date = new Intl.DateTimeFormat([], { dateStyle: 'medium' });
const moment = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'short' });

/** `renewed(old, token)` is called when a token replaces another one. */
export class Account {
  constructor(renewed) {
    this.renewed = renewed;
    $('account-close').onclick = () => $('account').close();
    $('password').onsubmit = (event) => this.changePassword(event);
    $('account').onclose = () => $('password').reset();
    // A click outside the dialog's content has the dialog itself as its target.
    $('account').onclick = ({ target }) => {
      if (target === $('account')) this.close();
    };
  }

  /** Shows the account of this token. */
  open(token) {
    this.token = token;
    for (const place of ['password-state', 'log-ins-state']) this.say(place, '');
    $('log-ins').replaceChildren();
    $('account').showModal();
    this.load();
  }

  close() {
    $('account').close();
  }

  say(place, words, failed = false) {
    $(place).textContent = words;
    $(place).classList.toggle('error', failed);
  }

  async changePassword(event) {
    event.preventDefault();
    const { current, next } = event.target;
    $('change-password').disabled = true;
    try {
      const { token } = await post('/api/password', { old: current.value, new: next.value }, this.token);
      this.renewed(this.token, token);
      this.token = token;
      event.target.reset();
      this.say('password-state', 'Your password is changed. All other log-ins have ended.');
      this.load();
    } catch (error) {
      const wrong = /^old: wrong password/.test(error.message);
      this.say('password-state', wrong ? 'The current password is wrong.' : errorText(error), true);
    }
    $('change-password').disabled = false;
  }

  async load() {
    const { token } = this;
    try {
      const { tokens } = await ask('GET', '/api/tokens', null, token);
      if (token === this.token) this.draw(tokens);
    } catch (error) {
      this.say('log-ins-state', errorText(error), true);
    }
  }

  draw(tokens) {
    const sorted = tokens.toSorted((a, b) => b.current - a.current); // the others stay in order, newest first
    reconcile($('log-ins'), sorted.map((each) => ({
      key: each.id,
      stamp: JSON.stringify(each),
      build: () => this.logIn(each),
    })));
  }

  logIn(each) {
    const { id, label, current, createdAt, expiresAt, sessions } = each;
    const addresses = [...new Set(sessions.map(({ address }) => address))].join(', ');
    const title = label || 'Log-in';
    return make('li', { className: sessions.length ? 'live' : '' },
      make('div', {},
        make('strong', { dir: 'auto' }, title), current ? make('span', { className: 'here' }, 'This one') : null,
        make('p', {}, sessions.length ? `Connected from ${addresses}` : 'Not connected'),
        make('p', {}, `${moment.format(createdAt)} – ${date.format(expiresAt)}`)),
      current ? null : Object.assign(button('Log out', () => this.logOut(id)), { ariaLabel: `Log out ${title}` }));
  }

  async logOut(id) {
    try {
      await post('/api/tokens/revoke', { id }, this.token);
      this.say('log-ins-state', '');
      await this.load();
    } catch (error) {
      this.say('log-ins-state', errorText(error), true);
    }
  }
}
