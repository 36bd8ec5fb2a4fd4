/**
 * Views that are loaded when they are first shown, so that the first load is small. Not among them is what is typed into at
 * once after a key, such as the switcher: nothing typed may be lost.
 */
import { positioning } from '../components/menu.js';
import { Spinner } from '../components/spinner.js';
import { html, signal, whenIdle } from '../lib.js';
import { failed } from '../stores/toasts.js';

/** Loads what was not shown yet. @type {(() => Promise<any>)[]} */
const loads = [positioning];

/** Loads the rest once the page has nothing else to do, so that it is there without a connection. */
export function loadRest() {
  whenIdle(() => Promise.allSettled(loads.map((load) => load())));
}

/**
 * Returns a component that loads the real one.
 * @param {() => Promise<any>} load
 * @param {string} name of the export
 */
function lazy(load, name) {
  loads.push(load);
  /** @type {import('../lib.js').Signal<any>} */
  const view = signal(null);
  /** @type {Promise<unknown> | null} */
  let loading = null;
  return (/** @type {object} */ props) => {
    const View = view.value;
    if (View) return html`<${View} ...${props} />`;
    loading ??= load().then(
      (module) => (view.value = module[name]),
      (error) => {
        loading = null; // tried again when it is shown again
        failed({ reason: 'unreachable', cause: error });
      },
    );
    return html`<div class="centered"><${Spinner} /></div>`;
  };
}

export const Admin = lazy(() => import('./admin.js'), 'Admin');
export const Ban = lazy(() => import('./moderation.js'), 'Ban');
export const Directory = lazy(() => import('./directory.js'), 'Directory');
export const EmojiPicker = lazy(() => import('./emoji-picker.js'), 'EmojiPicker');
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
export const Sweep = lazy(() => import('./moderation.js'), 'Sweep');
export const ThreadPanel = lazy(() => import('./thread-panel.js'), 'ThreadPanel');
export const ThreadsView = lazy(() => import('./threads-view.js'), 'ThreadsView');
export const You = lazy(() => import('./you.js'), 'You');
