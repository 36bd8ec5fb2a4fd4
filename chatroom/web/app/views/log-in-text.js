/** What a log-in is shown as: its device, and when it began, was used and ends. */
import { shortDate, t } from '../i18n.js';
import { html } from '../lib.js';

/** @typedef {{label: string, createdAt: number, expiresAt: number, lastUsedAt?: number, current?: boolean}} Shown */

/** Says which browser and system a label of a browser means, or the label itself. @param {string} label */
export function deviceName(label) {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(label)?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(label)?.[1];
  if (!browser) return label || t('unnamed-device');
  const names = /** @type {Record<string, string>} */ ({ Edg: 'Edge', OPR: 'Opera' });
  return system ? t('browser-on', { browser: names[browser] ?? browser, system: system.replace('Mac OS X', 'macOS') }) : (names[browser] ?? browser);
}

/** @param {{logIn: Shown}} props */
export const LogInText = ({ logIn: { label, createdAt, expiresAt, lastUsedAt, current } }) => html`
  <span><span class="strong" title=${label}>${deviceName(label)}</span> ${current && html`<span class="tag accent">${t('this-device')}</span>`}</span>
  <span class="meta">${t('log-in-since', { date: shortDate(createdAt) })} · ${current ? t('in-use') : lastUsedAt ? t('last-used', { date: shortDate(lastUsedAt) }) : t('not-used')} · ${t('expires', { date: shortDate(expiresAt) })}</span>
`;
