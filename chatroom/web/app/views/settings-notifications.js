/** Which messages I am told of: on this device, and in each room. */
import { Button } from '../components/button.js';
import { Check, Choice } from '../components/field.js';
import { RoomSign } from '../components/avatar.js';
import { partnerOf } from '../../chatroom/index.js';
import { t } from '../i18n.js';
import { html, useState, useView } from '../lib.js';
import { disable, enable, state, test } from '../stores/push.js';
import { client, me } from '../stores/session.js';
import { failed, toast } from '../stores/toasts.js';
import { levelOptions } from './info.js';
import { roomName } from './names.js';

export const Notifications = () => html`
  <section class="group"><${ThisDevice} /></section>
  <section class="group"><${Rooms} /></section>
`;

function ThisDevice() {
  const [busy, setBusy] = useState(false);
  const now = state.value;
  async function turn(/** @type {boolean} */ on) {
    setBusy(true);
    await (on ? enable() : disable()).catch(failed);
    setBusy(false);
  }
  async function send() {
    const outcome = await test();
    toast(t(`push-${outcome}`), { kind: outcome === 'sent' ? 'info' : 'error' });
  }
  const hint = { unsupported: t('push-unsupported'), denied: t('push-denied') }[/** @type {string} */ (now)] ?? t('push-hint');
  return html`
    <h2>${t('this-device')}</h2>
    <${Check} label=${t('push')} hint=${hint} checked=${now === 'on'} disabled=${busy || (now !== 'on' && now !== 'off')} onChange=${turn} />
    ${now === 'on' && html`<div class="form-foot"><${Button} icon="bell" onPress=${send}>${t('push-test')}<//></div>`}
  `;
}

/** Rooms that differ from the server's default, and one more to choose. */
function Rooms() {
  const { rooms } = useView(client().inbox);
  useView(client().people);
  const [chosen, setChosen] = useState(/** @type {readonly string[]} */ ([])); // stay while they are looked at
  const differs = (/** @type {any} */ { room, notifications }) => notifications !== 'all' || chosen.includes(room);
  const nameOf = (/** @type {any} */ entry) => roomName(entry.room, entry);
  const sorted = [...rooms].sort((one, other) => nameOf(one).localeCompare(nameOf(other)));
  const others = sorted.filter((entry) => !differs(entry));
  function set(/** @type {string} */ room, /** @type {any} */ level) {
    setChosen([...chosen, room]);
    client().calls.setNotifications({ room, level }).catch(failed);
  }
  return html`
    <h2>${t('rooms-and-messages')}</h2>
    <p class="meta">${t('level-default')}</p>
    <ul class="plain list">
      ${sorted.filter(differs).map((entry) => html`<li key=${entry.room}><${Room} entry=${entry} name=${nameOf(entry)} onChange=${set} /></li>`)}
    </ul>
    ${others.length > 0 &&
    html`<${Choice}
      label=${t('another-room')}
      value=""
      options=${[['', t('choose')], ...others.map((entry) => [entry.room, nameOf(entry)])]}
      onChange=${(/** @type {string} */ room) => room && set(room, 'mentions')}
    />`}
  `;
}

/** @param {{entry: any, name: string, onChange: (room: string, level: any) => void}} props */
function Room({ entry, name, onChange }) {
  const { room, kind, notifications } = entry;
  return html`
    <div class="line">
      <${RoomSign} kind=${kind} with=${partnerOf(room, me()) ?? undefined} />
      <span class="spread truncate" dir="auto">${name}</span>
      <select class="input narrow" aria-label=${t('notifications-of', { name })} value=${notifications} onChange=${(/** @type {any} */ event) => onChange(room, event.target.value)}>
        ${levelOptions().map(([level, words]) => html`<option key=${level} value=${level} selected=${level === notifications}>${words}</option>`)}
      </select>
    </div>
  `;
}
