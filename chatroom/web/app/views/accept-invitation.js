/** Somebody who is logged in has opened an invitation: accept it. Without a log-in, the sign-up takes the code. */
import { Button } from '../components/button.js';
import { Dialog, closeDialog, showDialog } from '../components/dialog.js';
import { t } from '../i18n.js';
import { html, useState } from '../lib.js';
import { goToRoom } from '../router.js';
import { server } from '../stores/server.js';
import { client } from '../stores/session.js';
import { errorText, toast } from '../stores/toasts.js';

/** Returns the code in the page's address. */
export const invitationCode = () => new URLSearchParams(location.search).get('invitation') ?? undefined;

/** Takes the code out of the address. */
export const forgetInvitation = () => history.replaceState(null, '', location.pathname + location.hash);

/** Asks whether to accept, if the page was opened with an invitation. */
export function openInvitation() {
  const code = invitationCode();
  if (code) showDialog(AcceptInvitation, { code });
}

/** @param {{code: string}} props */
function AcceptInvitation({ code }) {
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
