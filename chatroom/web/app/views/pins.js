import { PanelFrame } from '../components/panel-frame.js';
import { t } from '../i18n.js';
import { html } from '../lib.js';
export const Pins = () => html`<${PanelFrame} title=${t('pins')} />`;
