/** What admins tell everybody: an announcement, and why the server is read-only. */
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { Choice, Field } from '../components/field.js';
import { dateAndTime, t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { server } from '../stores/server.js';
import { client } from '../stores/session.js';
import { errorText, toast } from '../stores/toasts.js';
import { endOf, spanOptions } from '../times.js';

const SPANS = ['hour', 'day', 'week', 'month', 'never'];

export function AnnouncementForm() {
  const { announcement } = server.value;
  const [text, setText] = useState('');
  const [span, setSpan] = useState('day');
  const { busy, error, run: announce } = useAction(async () => {
    await client().calls.announce({ text, until: endOf(span) });
    setText('');
    toast(t('announced'));
  });
  const over = !announcement || (announcement.until ?? Infinity) <= client().serverTime();
  return html`
    <form class="form" onSubmit=${announce}>
      ${!over &&
      html`
        <p class="notice" dir="auto">${announcement.text}</p>
        <div class="form-foot">
          <span class="meta">${announcement.until ? t('until-time', { time: dateAndTime(announcement.until) }) : t('without-end')}</span>
          <${Button} onPress=${() => client().calls.announce({ text: '' })}>${t('take-back')}<//>
        </div>
      `}
      <${Field} label=${t('announcement')} hint=${t('announcement-hint')} error=${error && errorText(error)} value=${text} onInput=${setText} maxlength="500" />
      <${Choice} label=${t('valid-for')} value=${span} options=${spanOptions(SPANS)} onChange=${setSpan} />
      <div class="form-foot"><${Button} kind="primary" type="submit" busy=${busy} disabled=${!text.trim()}>${t('announce')}<//></div>
    </form>
  `;
}

export function ReadOnlyForm() {
  const { readOnly } = server.value;
  const [reason, setReason] = useState('');
  const { busy, error, run: close } = useAction(() => client().calls.setServer({ readOnly: reason }));
  if (readOnly) {
    return html`
      <p class="notice" dir="auto">${t('read-only-because', { reason: readOnly })}</p>
      <div class="form-foot"><${Button} kind="primary" onPress=${() => client().calls.setServer({ readOnly: '' })}>${t('end-read-only')}<//></div>
    `;
  }
  return html`
    <form class="form" onSubmit=${close}>
      <${Field} label=${t('read-only-reason')} hint=${t('read-only-hint')} error=${error && errorText(error)} value=${reason} onInput=${setReason} maxlength="250" />
      <div class="form-foot"><${Button} kind="danger" type="submit" busy=${busy} disabled=${!reason.trim()}>${t('make-read-only')}<//></div>
    </form>
  `;
}
