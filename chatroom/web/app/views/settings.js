/** My settings, by tabs. */
import { Button } from '../components/button.js';
import { t } from '../i18n.js';
import { html } from '../lib.js';
import { route } from '../router.js';
import { logOut } from '../stores/session.js';
import { Appearance } from './settings-appearance.js';
import { Blocked } from './settings-blocked.js';
import { Devices } from './settings-devices.js';
import { Notifications } from './settings-notifications.js';
import { ProfileSettings } from './settings-profile.js';
import { ViewFrame } from './view-frame.js';

/** @type {Record<string, {icon: string, text: string, View: any}>} */
export const TABS = {
  profile: { icon: 'user', text: 'edit-profile', View: ProfileSettings },
  notifications: { icon: 'bell', text: 'notifications', View: Notifications },
  appearance: { icon: 'sun', text: 'appearance', View: Appearance },
  devices: { icon: 'device', text: 'devices', View: Devices },
  blocked: { icon: 'lock', text: 'blocked-people', View: Blocked },
};

export function Settings() {
  const { tab = '' } = route.value;
  const open = tab in TABS ? tab : 'profile';
  const { View } = TABS[open];
  const tabs = Object.entries(TABS).map(([id, { icon, text }]) => ({ id, icon, text: t(text) }));
  const tools = html`<${Button} kind="quiet" icon="exit" onPress=${() => logOut()}>${t('log-out')}<//>`;
  return html`<${ViewFrame} title=${t('settings')} view="settings" tabs=${tabs} tab=${open} tools=${tools}><${View} key=${open} /><//>`;
}
