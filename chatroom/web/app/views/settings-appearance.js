/** How this device shows the page: theme, language, and what Enter does. */
import { Check, Choice } from '../components/field.js';
import { Icon } from '../components/icon.js';
import { LANGUAGES, PSEUDO, t } from '../i18n.js';
import { html, useId } from '../lib.js';
import { prefer, preferences } from '../stores/preferences.js';

const THEMES = /** @type {const} */ ([
  ['system', 'device'],
  ['light', 'sun'],
  ['dark', 'moon'],
]);

/** Whether the made-up language is offered, for those who make translations. */
const offersPseudo = () => new URLSearchParams(location.search).has('pseudo') || preferences.value.language === PSEUDO;

export function Appearance() {
  const { theme, language, sendsWithEnter } = preferences.value;
  const heading = useId();
  const languages = [['', t('language-of-browser')], ...Object.entries(LANGUAGES), ...(offersPseudo() ? [[PSEUDO, t('language-pseudo')]] : [])];
  return html`
    <div class="group" role="radiogroup" aria-labelledby=${heading}>
      <h2 id=${heading}>${t('theme')}</h2>
      <div class="choices">
        ${THEMES.map(
          ([id, icon]) => html`
            <label key=${id} class="choice-card">
              <${Icon} name=${icon} />
              <span>${t(`theme-${id}`)}</span>
              <input type="radio" class="visually-hidden" name="theme" checked=${theme === id} onChange=${() => prefer({ theme: id })} />
            </label>
          `,
        )}
      </div>
    </div>
    <section class="group">
      <${Choice} label=${t('language')} value=${language} options=${languages} onChange=${(/** @type {string} */ tag) => prefer({ language: tag })} />
    </section>
    <section class="group">
      <${Check} label=${t('send-with-enter')} hint=${t(sendsWithEnter ? 'send-with-enter-hint' : 'send-with-ctrl-hint')} checked=${sendsWithEnter} onChange=${(/** @type {boolean} */ on) => prefer({ sendsWithEnter: on })} />
    </section>
  `;
}
