/** A sign that something is under way. */
import { t } from '../i18n.js';
import { html } from '../lib.js';

export const Spinner = () => html`<span class="spinner" role="progressbar" aria-label=${t('loading')}></span>`;
