/** Pictures of people and signs of rooms. */
import { cx, html, useEffect, useState, useView } from '../lib.js';
import { t } from '../i18n.js';
import { client } from '../stores/session.js';
import { Icon } from './icon.js';

const HUES = 8;

/** Returns a number from 0 to 7, the same for a name everywhere. @param {string} name */
const hueOf = (name) => [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521, 7) % HUES;

const letters = new Intl.Segmenter();

/** @param {string} text */
const initial = (text) => [...letters.segment(text.trim().slice(0, 20))][0]?.segment.toUpperCase() ?? '?';

/**
 * A person's picture, or the initial of the display name on a colour of the account's name.
 * @param {{name: string, size?: 'small' | 'medium' | 'large', presence?: boolean}} props
 */
export function Avatar({ name, size = 'medium', presence = false }) {
  const { people } = client();
  const person = useView(people, ({ profiles }) => profiles.get(name));
  const [picture, setPicture] = useState(/** @type {string | null} */ (null));
  const has = person?.avatar;
  useEffect(() => {
    let shown = true;
    people.want([name]);
    if (has) people.avatar(name).then((url) => shown && setPicture(url), () => {});
    else setPicture(null);
    return () => {
      shown = false;
    };
  }, [name, has, people]);
  return html`
    <span class=${cx('avatar', size, !picture && `hue-${hueOf(name)}`)} aria-hidden="true">
      ${picture ? html`<img src=${picture} alt="" loading="lazy" onError=${() => setPicture(null)} />` : initial(people.name(name))}
      ${presence && html`<span class=${cx('presence', person?.online && 'online')}></span>`}
    </span>
  `;
}

/**
 * The sign of a room: of a direct one the partner's picture.
 * @param {{kind: string, with?: string, visibility?: string, size?: 'small' | 'medium' | 'large'}} props
 */
export function RoomSign({ kind, with: partner, visibility, size = 'small' }) {
  if (partner) return html`<${Avatar} name=${partner} size=${size} presence />`;
  const name = kind === 'group' ? 'group' : visibility === 'private' ? 'lock' : 'hash';
  return html`<span class=${cx('room-sign', size)}><${Icon} name=${name} label=${name === 'lock' ? t('private-room') : undefined} /></span>`;
}
