/** What the server has of me: its export, and the deletion of my account. */
import { useAction } from '../action.js';
import { Button } from '../components/button.js';
import { Dialog, closeDialog, showDialog } from '../components/dialog.js';
import { Password } from '../components/password.js';
import { t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { account, logOut, me } from '../stores/session.js';
import { errorText } from '../stores/toasts.js';

export function ExportData() {
  async function download() {
    const url = URL.createObjectURL(await account.exportData());
    const link = Object.assign(document.createElement('a'), { href: url, download: `${me()}.zip` });
    link.click();
    URL.revokeObjectURL(url);
  }
  return html`
    <h2>${t('export-data')}</h2>
    <p class="meta">${t('export-data-hint')}</p>
    <div class="form-foot"><${Button} icon="download" onPress=${download}>${t('export-data')}<//></div>
  `;
}

export const DeleteAccount = () => html`
  <h2>${t('delete-account')}</h2>
  <p class="meta">${t('delete-account-hint')}</p>
  <div class="form-foot"><${Button} kind="danger" icon="trash" onPress=${() => showDialog(Deletion)}>${t('delete-account')}<//></div>
`;

function Deletion() {
  const [password, setPassword] = useState('');
  const { busy, error, run } = useAction(async () => {
    await account.deleteAccount(password);
    closeDialog();
    await logOut(); // what the device keeps goes too
  });
  const why = error && (error.reason === 'forbidden' && /^password/.test(error.message) ? t('wrong-password') : error.reason === 'conflict' ? t('you-are-the-last-admin') : errorText(error));
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="danger" type="submit" busy=${busy} disabled=${!password}>${t('delete-for-ever')}<//>
  `;
  return html`
    <${Dialog} title=${t('delete-account-title')} onSubmit=${run} footer=${footer}>
      <p>${t('delete-account-text', { name: me() })}</p>
      <p>${t('delete-account-goes')}</p>
      <p>${t('delete-account-stays', { name: me() })}</p>
      <input type="text" autocomplete="username" value=${me()} readonly hidden />
      <${Password} label=${t('your-password')} value=${password} onInput=${setPassword} error=${why} autocomplete="current-password" required />
    <//>
  `;
}
