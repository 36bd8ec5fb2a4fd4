/** The menus of the sidebar. */
import { showMenu } from '../components/menu.js';
import { showDialog } from '../components/dialog.js';
import { t } from '../i18n.js';
import { go } from '../router.js';
import { client, logOut } from '../stores/session.js';
import { InviteToServer, NewGroup, NewRoom } from './lazy.js';

const isAdmin = () => client().connection.state.serverRole === 'admin';

/** @param {MouseEvent} event */
export function serverMenu({ currentTarget }) {
  showMenu(/** @type {Element} */ (currentTarget), t('server-menu'), [
    { icon: 'invite', text: t('invite-people'), act: () => showDialog(InviteToServer) },
    { icon: 'list', text: t('browse-rooms'), act: () => go({ view: 'directory' }) },
    isAdmin() && { icon: 'shield', text: t('administration'), act: () => go({ view: 'admin', tab: 'people' }) },
  ]);
}

/** @param {MouseEvent} event */
export function roomsMenu({ currentTarget }) {
  showMenu(/** @type {Element} */ (currentTarget), t('new-conversation'), [
    { icon: 'user', text: t('new-message'), act: () => showDialog(NewGroup) },
    { icon: 'hash', text: t('new-room'), act: () => showDialog(NewRoom) },
    { icon: 'list', text: t('browse-rooms'), act: () => go({ view: 'directory' }) },
  ]);
}

/** @param {MouseEvent} event */
export function youMenu({ currentTarget }) {
  showMenu(
    /** @type {Element} */ (currentTarget),
    t('you'),
    [
      { icon: 'user', text: t('edit-profile'), act: () => go({ view: 'settings', tab: 'profile' }) },
      { icon: 'bell', text: t('notifications'), act: () => go({ view: 'settings', tab: 'notifications' }) },
      { icon: 'sun', text: t('appearance'), act: () => go({ view: 'settings', tab: 'appearance' }) },
      { icon: 'device', text: t('devices'), act: () => go({ view: 'settings', tab: 'devices' }) },
      { icon: 'exit', text: t('log-out'), act: () => logOut() },
    ],
    'top-start',
  );
}
