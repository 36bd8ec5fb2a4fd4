/** How people and rooms are called, and who may add people to a room. */
import { t } from '../i18n.js';
import { cx, html, useView } from '../lib.js';
import { goToPanel } from '../router.js';
import { client, me } from '../stores/session.js';
import { isGroup, partnerOf } from '../../chatroom/index.js';

/** A display name; with the account's name where it may be mistaken. @param {{name: string}} props */
export function PersonName({ name }) {
  const { people } = client();
  useView(people, () => people.name(name) + people.handle(name));
  const handle = people.handle(name);
  return html`<bdi class="strong">${people.name(name)}</bdi>${handle && html` <bdi class="meta">${handle}</bdi>`}`;
}

/** A name in a text, as a chip that opens the profile. @param {{name: string}} props */
export function Mention({ name }) {
  const { people } = client();
  const shownName = useView(people, () => people.name(name));
  if (name === 'room') return html`<span class="mention me">@${t('everyone')}</span>`;
  const open = () => goToPanel({ name: 'person', person: name });
  return html`<button type="button" class=${cx('mention', name === me() && 'me')} title=${`@${name}`} onClick=${open}>@${shownName}</button>`;
}

/**
 * Returns what a room is called. Names of people are looked up, so call it in a component that uses `client().people`.
 * @param {string} room
 * @param {{title?: string | null} | null} [info]
 */
export function roomName(room, info) {
  const partner = partnerOf(room, me());
  if (partner === me()) return t('notes-to-self');
  if (partner) return client().people.name(partner);
  if (info?.title) return info.title;
  return isGroup(room) ? t('unnamed-group') : room;
}

/** Whether somebody may add people to a room. @param {any} info */
export const mayInvite = (info) => !!info && (info.role !== 'member' || info.inviting === 'all');
