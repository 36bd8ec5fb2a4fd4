import { PanelFrame } from '../components/panel-frame.js';
import { t } from '../i18n.js';
import { html } from '../lib.js';
export const Info = () => html`<${PanelFrame} title=${t('room-settings')} />`;
