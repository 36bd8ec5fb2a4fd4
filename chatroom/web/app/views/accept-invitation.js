/** Somebody who is logged in has opened an invitation: accept it. Without a log-in, the sign-up takes the code. */
import { Button } from '../components/button.js';
import { Dialog, closeDialog } from '../components/dialog.js';
import { t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { forgetInvitation, goToRoom } from '../router.js';
import { server } from '../stores/server.js';
import { client } from '../stores/session.js';
import { errorText, toast } from '../stores/toasts.js';

/** @param {{code: string}} props */
export function AcceptInvitation({ code }) {
  const [error, setError] = useState(/** @type {any} */ (null));
  function leave() {
    forgetInvitation();
    closeDialog();
  }
  async function accept() {
    try {
      const { room, serverRole } = await client().calls.acceptInvitation({ code });
      leave();
      if (serverRole === 'admin') {
        toast(t('you-are-admin'));
        client().reconnect();
      }
      if (room) goToRoom(room);
    } catch (problem) {
      setError(problem);
    }
  }
  const words = error && ({ not_found: t('invitation-invalid'), conflict: t('invitation-needless') }[String(error.reason)] ?? errorText(error));
  const lasting = error && !error.temporary;
  const footer = lasting
    ? html`<${Button} kind="primary" onPress=${leave}>${t('close')}<//>`
    : html`<${Button} onPress=${leave}>${t('not-now')}<//><${Button} kind="primary" autofocus onPress=${accept}>${t('accept')}<//>`;
  return html`
    <${Dialog} title=${t('invitation')} footer=${footer}>
      ${error ? html`<p role="alert">${words}</p>` : html`<p>${t('you-are-invited', { server: server.value.name })}</p>`}
    <//>
  `;
}
