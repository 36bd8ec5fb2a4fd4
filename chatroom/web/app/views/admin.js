/** What admins of the server do, by tabs. */
import { Empty } from '../components/empty.js';
import { t } from '../i18n.js';
import { html, useView } from '../lib.js';
import { route } from '../router.js';
import { client } from '../stores/session.js';
import { AdminPeople } from './admin-people.js';
import { AdminRooms } from './admin-rooms.js';
import { Audit } from './audit.js';
import { InvitationList } from './invitations.js';
import { ServerState } from './server-state.js';
import { ViewFrame } from './view-frame.js';

/** @type {Record<string, {icon: string, View: any}>} */
const TABS = {
  people: { icon: 'user', View: AdminPeople },
  rooms: { icon: 'hash', View: AdminRooms },
  invitations: { icon: 'ticket', View: InvitationList },
  audit: { icon: 'list', View: Audit },
  server: { icon: 'info', View: ServerState },
};

export function Admin() {
  const { serverRole } = useView(client().connection);
  const { tab = '' } = route.value;
  const open = tab in TABS ? tab : 'people';
  const { View } = TABS[open];
  if (serverRole !== 'admin') return html`<${ViewFrame} title=${t('administration')}><${Empty} icon="shield" text=${t('only-admins')} /><//>`;
  const tabs = Object.entries(TABS).map(([id, { icon }]) => ({ id, icon, text: t(`admin-${id}`) }));
  return html`<${ViewFrame} title=${t('administration')} view="admin" tabs=${tabs} tab=${open}><${View} key=${open} /><//>`;
}
