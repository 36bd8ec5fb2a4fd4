/** The whole page: log-in, or sidebar, view and panel. */
import { Dialogs, closeDialogs, isDialogOpen, showDialog } from '../components/dialog.js';
import { Spinner } from '../components/spinner.js';
import { t } from '../i18n.js';
import { cx, html, useEffect, useErrorBoundary, useListener, useState } from '../lib.js';
import { invitationCode, isShared, openPanel, route } from '../router.js';
import { isPhone } from '../stores/layout.js';
import { resumeDeletions } from '../stores/deletions.js';
import { phase } from '../stores/session.js';
import { Bars } from './bars.js';
import { BottomBar } from './bottom-bar.js';
import { Conversation } from './conversation.js';
import { AcceptInvitation, Admin, Directory, Home, LogIn, MentionsView, SearchView, Settings, ThreadsView, You, loadRest, notifier, share } from './lazy.js';
import { Panel } from './panel.js';
import { Sidebar } from './sidebar.js';
import { Switcher } from './switcher.js';
import { ServerTitle, Title } from './title.js';
import { Toasts } from './toasts.js';

export function App() {
  const [error, again] = useErrorBoundary((problem) => console.error(problem));
  if (error) {
    return html`<div class="centered"><p>${t('page-failed')}</p><button type="button" class="button primary" onClick=${again}>${t('retry')}</button></div>`;
  }
  if (phase.value === 'starting') return html`<${Starting} />`;
  if (phase.value === 'out') {
    closeDialogs();
    return html`<${ServerTitle} /><${LogIn} /><${Toasts} />`;
  }
  return html`<${Shell} />`;
}

/** A connection that is there within this time needs no words. */
const PATIENCE_MS = 3000;

/** Until it is known who is logged in. */
function Starting() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return html`<div class="centered"><${Spinner} />${late && html`<p role="status">${t('error-unreachable')}</p>`}</div>`;
}

const VIEWS = {
  home: Home,
  threads: ThreadsView,
  mentions: MentionsView,
  search: SearchView,
  directory: Directory,
  settings: Settings,
  admin: Admin,
  you: You,
};

/** Asks whether to accept, if the page was opened with an invitation. */
function openInvitation() {
  const code = invitationCode();
  if (code) showDialog(AcceptInvitation, { code });
}

function Shell() {
  const { view, room } = route.value;
  const panel = openPanel.value;
  useEffect(resumeDeletions, []);
  useEffect(() => void loadRest(), []);
  useListener(window, 'keydown', (/** @type {KeyboardEvent} */ event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      if (!isDialogOpen(Switcher)) showDialog(Switcher);
    }
  });
  useEffect(openInvitation, []);
  useEffect(() => {
    if (isShared()) share.use(({ openShared }) => openShared());
  }, []);
  const View = view === 'room' ? null : VIEWS[view];
  const atHome = view === 'home';
  const Notifier = notifier.module.value?.Notifier;
  return html`
    <div class=${cx('shell', panel && 'with-panel', atHome && 'at-home')}>
      <${Bars} />
      ${isPhone.value && atHome && html`<main class="contents"><h1 class="visually-hidden">${t('home')}</h1><${Sidebar} /></main>`} ${!isPhone.value && html`<${Sidebar} />`}
      ${(!isPhone.value || !atHome) && (View ? html`<${View} />` : html`<${Conversation} key=${room} room=${room} />`)}
      ${panel && room && html`<${Panel} room=${room} panel=${panel} />`} ${isPhone.value && view !== 'room' && html`<${BottomBar} />`}
    </div>
    <${Title} />
    ${Notifier && html`<${Notifier} />`}
    <${Dialogs} />
    <${Toasts} />
  `;
}
