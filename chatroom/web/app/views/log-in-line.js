/** A log-in in a list: its device, when it began, was used and ends, and a button that ends it. */
import { Button } from '../components/button.js';
import { Icon } from '../components/icon.js';
import { shortDate, t } from '../i18n.js';
import { html } from '../lib.js';

/** @typedef {{id: string, label: string, createdAt: number, expiresAt: number, lastUsedAt?: number, current?: boolean}} Shown */

/** Says which browser and system a label of a browser means, or the label itself. @param {string} label */
export function deviceName(label) {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(label)?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(label)?.[1];
  if (!browser) return label || t('unnamed-device');
  const names = /** @type {Record<string, string>} */ ({ Edg: 'Edge', OPR: 'Opera' });
  return system ? t('browser-on', { browser: names[browser] ?? browser, system: system.replace('Mac OS X', 'macOS') }) : (names[browser] ?? browser);
}

/** @param {{logIn: Shown, onEnd: () => unknown, children?: any}} props `children`: what else is shown of it */
export function LogInLine({ logIn: { label, createdAt, expiresAt, lastUsedAt, current }, onEnd, children }) {
  const device = deviceName(label);
  return html`
    <div class="line tall">
      <${Icon} name="device" />
      <div class="spread line-text">
        <span><span class="strong" title=${label}>${device}</span> ${current && html`<span class="tag accent">${t('this-device')}</span>`}</span>
        <span class="meta">${t('log-in-since', { date: shortDate(createdAt) })} · ${current ? t('in-use') : lastUsedAt ? t('last-used', { date: shortDate(lastUsedAt) }) : t('not-used')} · ${t('expires', { date: shortDate(expiresAt) })}</span>
        ${children}
      </div>
      ${!current && html`<${Button} aria-label=${t('end-log-in', { device })} onPress=${onEnd}>${t('log-out')}<//>`}
    </div>
  `;
}
