/** What others see of me: picture, display name, status. */
import { useAction } from '../action.js';
import { Avatar } from '../components/avatar.js';
import { Button } from '../components/button.js';
import { Choice, Field } from '../components/field.js';
import { Icon } from '../components/icon.js';
import { showPopover } from '../components/menu.js';
import { dateAndTime, t } from '../i18n.js';
import { html, useEffect, useRef, useState, useView } from '../lib.js';
import { squareOf } from '../picture.js';
import { client, me } from '../stores/session.js';
import { errorText, failed, toast } from '../stores/toasts.js';
import { endOf, spanOptions } from '../times.js';
import { EmojiPicker } from './emoji-picker.js';
import { statusOf } from './person-line.js';

const MAX_STATUS = 100;

export function ProfileSettings() {
  const { people } = client();
  const mine = useView(people, ({ profiles }) => profiles.get(me()));
  useEffect(() => people.want([me()]), []);
  return html`
    <section class="group"><${Picture} has=${!!mine?.avatar} /></section>
    <section class="group"><${DisplayName} key=${mine?.displayName} displayName=${mine?.displayName ?? me()} /></section>
    <section class="group"><${Status} key=${JSON.stringify(statusOf(mine))} status=${statusOf(mine)} /></section>
  `;
}

/** @param {{has: boolean}} props */
function Picture({ has }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [busy, setBusy] = useState(false);
  async function chosen(/** @type {any} */ { target }) {
    const [file] = target.files;
    target.value = '';
    if (!file) return;
    setBusy(true);
    try {
      const square = await squareOf(file).catch(() => null);
      if (!square) toast(t('no-picture'), { kind: 'error' });
      else await client().calls.setProfile({ avatar: await client().files.upload(square) });
    } catch (problem) {
      failed(problem);
    }
    setBusy(false);
  }
  return html`
    <div class="avatar-edit">
      <${Avatar} name=${me()} size="huge" />
      <div class="stack">
        <p class="meta">${t('picture-hint')}</p>
        <div class="form-foot">
          <${Button} icon="image" busy=${busy} onPress=${() => input.current?.click()}>${t(has ? 'change-picture' : 'add-picture')}<//>
          ${has && html`<${Button} kind="quiet" onPress=${() => client().calls.setProfile({ avatar: '' })}>${t('remove-picture')}<//>`}
        </div>
        <input ref=${input} type="file" accept="image/*" hidden aria-label=${t('add-picture')} onChange=${chosen} />
      </div>
    </div>
  `;
}

/** @param {{displayName: string}} props */
function DisplayName({ displayName }) {
  const [name, setName] = useState(displayName);
  const { busy, error, run: save } = useAction(async () => {
    await client().calls.setProfile({ displayName: name.trim() });
    toast(t('saved'));
  });
  return html`
    <form class="form" onSubmit=${save}>
      <${Field} label=${t('display-name')} hint=${t('account-is', { name: me() })} error=${error && errorText(error)} value=${name} onInput=${setName} maxlength="80" required autocomplete="name" />
      <div class="form-foot">
        <${Button} kind="primary" type="submit" busy=${busy} disabled=${!name.trim() || name.trim() === displayName}>${t('save')}<//>
      </div>
    </form>
  `;
}

const ENDS = ['half-hour', 'hour', 'four-hours', 'today', 'week', 'never'];

/** @param {{status: any}} props */
function Status({ status }) {
  const [emoji, setEmoji] = useState(status?.emoji ?? '');
  const [text, setText] = useState(status?.text ?? '');
  const [end, setEnd] = useState(status ? 'kept' : 'today');
  const given = emoji || text.trim();
  const { busy, error, run: set } = useAction(async (/** @type {any} */ next) => {
    await client().calls.setProfile({ status: next });
  });
  function save(/** @type {SubmitEvent} */ event) {
    event.preventDefault();
    const until = end === 'kept' ? status.until : endOf(end);
    return set({ text: text.trim() || undefined, emoji: emoji || undefined, until });
  }
  const pick = (/** @type {any} */ { currentTarget }) => showPopover(currentTarget, t('status-emoji'), () => html`<${EmojiPicker} onPick=${setEmoji} />`);
  const kept = status?.until ? t('until-time', { time: dateAndTime(status.until) }) : t('span-never');
  const options = [...(status ? [['kept', kept]] : []), ...spanOptions(status && !status.until ? ENDS.slice(0, -1) : ENDS)];
  return html`
    <form class="form" onSubmit=${save}>
      <h2 class="strong">${t('status')}</h2>
      <div class="status-edit">
        <button type="button" class="emoji-button" aria-label=${t('status-emoji')} title=${t('status-emoji')} onClick=${pick}>${emoji || html`<${Icon} name="smile" />`}</button>
        <input class="input" aria-label=${t('status-text')} placeholder=${t('status-hint')} value=${text} maxlength=${MAX_STATUS} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      </div>
      <${Choice} label=${t('clear-status')} value=${end} options=${options} onChange=${setEnd} />
      ${error && html`<p class="error" role="alert">${errorText(error)}</p>`}
      <div class="form-foot">
        <${Button} kind="primary" type="submit" busy=${busy} disabled=${!given}>${t('set-status')}<//>
        ${status && html`<${Button} onPress=${() => set({})}>${t('remove-status')}<//>`}
      </div>
    </form>
  `;
}
