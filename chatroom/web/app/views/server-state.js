/** The server for its admins: name and colour, notices, who may sign up, and what an operator should see to. */
import { useAction } from '../action.js';
import { BASE } from '../base.js';
import { Button } from '../components/button.js';
import { Field } from '../components/field.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { html, useEffect, useId, useState } from '../lib.js';
import { server } from '../stores/server.js';
import { client } from '../stores/session.js';
import { errorText, toast } from '../stores/toasts.js';
import { AnnouncementForm, ReadOnlyForm } from './server-notices.js';

/** @typedef {{status: string, reason?: string, warnings?: string[]}} Health */

/** The accent of tokens.css, for the field that needs one. */
const ACCENT = '#3366cc';

export const ServerState = () => html`
  <section class="group"><${Appearance} key=${`${server.value.name} ${server.value.accent}`} ...${server.value} /></section>
  <section class="group"><${AnnouncementForm} /></section>
  <section class="group"><${ReadOnlyForm} /></section>
  <section class="group"><${State} /></section>
`;

/** @param {import('../stores/server.js').Server} props */
function Appearance({ name, accent }) {
  const id = useId();
  const [nextName, setName] = useState(name);
  const [nextAccent, setAccent] = useState(accent ?? '');
  const changes = {
    ...(nextName.trim() !== name && { name: nextName.trim() }),
    ...(nextAccent !== (accent ?? '') && { accent: nextAccent }),
  };
  const { busy, error, run: save } = useAction(async () => {
    await client().calls.setServer(changes);
    toast(t('saved'));
  });
  return html`
    <form class="form" onSubmit=${save}>
      <${Field} label=${t('server-name')} hint=${t('server-name-hint')} error=${error && errorText(error)} value=${nextName} onInput=${setName} maxlength="80" />
      <div class="field">
        <label for=${id}>${t('accent')}</label>
        <div class="form-foot">
          <input id=${id} type="color" class="colour" value=${nextAccent || ACCENT} aria-describedby=${`${id}-hint`} onInput=${(/** @type {any} */ event) => setAccent(event.target.value)} />
          ${nextAccent && html`<${Button} kind="quiet" onPress=${() => setAccent('')}>${t('default-accent')}<//>`}
        </div>
        <p id=${`${id}-hint`} class="meta">${t('accent-hint')}</p>
      </div>
      <div class="form-foot">
        <${Button} kind="primary" type="submit" busy=${busy} disabled=${!Object.keys(changes).length}>${t('save')}<//>
      </div>
    </form>
  `;
}

function State() {
  const [health, setHealth] = useState(/** @type {Health | null} */ (null));
  const load = () =>
    fetch(`${BASE}/healthz`)
      .then((answer) => answer.json())
      .then(setHealth, () => setHealth({ status: 'unreachable' }));
  useEffect(() => void load(), []);
  if (!health) return html`<div class="list-end"><${Spinner} /></div>`;
  const { signup, version } = server.value;
  const { status, reason, warnings = [] } = health;
  return html`
    <dl class="facts">
      <dt>${t('sign-up-policy')}</dt><dd>${t(signup === 'closed' ? 'sign-up-closed-policy' : `sign-up-${signup}`)}</dd>
      <dt>${t('state')}</dt><dd>${t(status === 'ok' ? 'state-ok' : 'state-trouble')} ${reason}</dd>
      ${version && html`<dt>${t('version')}</dt><dd>${version}</dd>`}
    </dl>
    ${warnings.map((warning) => html`<p key=${warning} class="notice">${warning}</p>`)}
    <div class="form-foot"><${Button} icon="retry" onPress=${load}>${t('check-again')}<//></div>
    <p class="meta">${t('server-settings-hint')}</p>
  `;
}
