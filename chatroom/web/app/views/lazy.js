/**
 * Modules that are loaded when they are first used, so that the first load is small. Fields that a key opens, such as the
 * switcher's, are not among them: nothing typed may be lost.
 */
import { positioning } from '../components/menu.js';
import { Spinner } from '../components/spinner.js';
import { html, signal, until, whenIdle } from '../lib.js';
import { openRoom } from '../router.js';
import { client } from '../stores/session.js';
import { failed } from '../stores/toasts.js';

/** Loads what was not used yet. @type {(() => Promise<any>)[]} */
const loads = [positioning];

/** Loads the rest once the page shows what it was opened for, so that it is there without a connection. */
export async function loadRest() {
  const room = openRoom.peek();
  await until(client().inbox, ({ complete }) => complete);
  if (room) await until(client().room(room), ({ status }) => status !== 'idle' && status !== 'loading');
  await whenIdle();
  await Promise.allSettled(loads.map((load) => load()));
}

/**
 * Returns a module that is loaded later: a signal, null until then; `load`; and `use`, which does some work with the module, at
 * once if it is there.
 * @template M
 * @param {() => Promise<M>} importIt
 */
function later(importIt) {
  const module = signal(/** @type {M | null} */ (null));
  const load = async () => {
    try {
      return (module.value = await importIt());
    } catch (cause) {
      throw Object.assign(new Error('a part of the page cannot be loaded', { cause }), { reason: 'unreachable' });
    }
  };
  const use = (/** @type {(found: M) => any} */ work) => {
    const found = module.peek();
    if (found) return work(found);
    load().then(work).catch(failed);
    return undefined;
  };
  loads.push(load);
  return { module, load, use };
}

export const messageActions = later(() => import('./message-actions.js'));
export const notifier = later(() => import('./notifier.js'));
export const share = later(() => import('./share.js'));
export const suggestions = later(() => import('../stores/suggestions.js'));
export const uploads = later(() => import('../stores/uploads.js'));

/**
 * Returns a component that loads the real one.
 * @param {() => Promise<any>} importIt
 * @param {string} name of the export
 * @param {any} [Meanwhile] the component shown with its props until it is there, or null
 */
function lazy(importIt, name, Meanwhile = Waiting) {
  const { module, load } = later(importIt);
  let isLoading = false;
  return (/** @type {object} */ props) => {
    const View = module.value?.[name];
    if (View) return html`<${View} ...${props} />`;
    if (!isLoading) {
      isLoading = true;
      // After a failure it is tried again when it is shown again.
      load().catch(failed).finally(() => (isLoading = false));
    }
    return Meanwhile && html`<${Meanwhile} ...${props} />`;
  };
}

const Waiting = () => html`<div class="centered"><${Spinner} /></div>`;
/** @param {{text: string}} props */
const PlainCode = ({ text }) => html`<div class="code"><pre dir="ltr"><code>${text}</code></pre></div>`;

export const AcceptInvitation = lazy(() => import('./accept-invitation.js'), 'AcceptInvitation');
export const AddPeople = lazy(() => import('./members.js'), 'AddPeople');
export const Admin = lazy(() => import('./admin.js'), 'Admin');
export const Attachments = lazy(() => import('./attachments.js'), 'Attachments', null);
export const Ban = lazy(() => import('./moderation.js'), 'Ban');
export const Code = lazy(() => import('./code.js'), 'Code', PlainCode);
export const Directory = lazy(() => import('./directory.js'), 'Directory');
export const Editor = lazy(() => import('./editor.js'), 'Editor', null);
export const EmojiPicker = lazy(() => import('./emoji-picker.js'), 'EmojiPicker');
export const Home = lazy(() => import('./home.js'), 'Home');
export const Info = lazy(() => import('./info.js'), 'Info');
export const InviteToServer = lazy(() => import('./invitations.js'), 'InviteToServer');
export const Lightbox = lazy(() => import('./lightbox.js'), 'Lightbox');
export const JumpToDate = lazy(() => import('./jump-to-date.js'), 'JumpToDate');
export const LogIn = lazy(() => import('./login.js'), 'LogIn');
export const Members = lazy(() => import('./members.js'), 'Members');
export const MentionsView = lazy(() => import('./mentions-view.js'), 'MentionsView');
export const Mute = lazy(() => import('./moderation.js'), 'Mute');
export const NewGroup = lazy(() => import('./new-group.js'), 'NewGroup');
export const NewRoom = lazy(() => import('./new-room.js'), 'NewRoom');
export const PersonPanel = lazy(() => import('./person.js'), 'PersonPanel');
export const Pins = lazy(() => import('./pins.js'), 'Pins');
export const ReactionList = lazy(() => import('./reaction-list.js'), 'ReactionList');
export const SearchPanel = lazy(() => import('./search-panel.js'), 'SearchPanel');
export const SearchView = lazy(() => import('./search-view.js'), 'SearchView');
export const Settings = lazy(() => import('./settings.js'), 'Settings');
export const Share = lazy(() => import('./share-dialog.js'), 'Share');
export const StepsOnPhone = lazy(() => import('./first-steps.js'), 'StepsOnPhone', null);
export const Sweep = lazy(() => import('./moderation.js'), 'Sweep');
export const ThreadPanel = lazy(() => import('./thread-panel.js'), 'ThreadPanel');
export const ThreadsView = lazy(() => import('./threads-view.js'), 'ThreadsView');
export const Toolbar = lazy(() => import('./toolbar.js'), 'Toolbar', null);
export const Uploads = lazy(() => import('./attachments.js'), 'Uploads', null);
export const You = lazy(() => import('./you.js'), 'You');
