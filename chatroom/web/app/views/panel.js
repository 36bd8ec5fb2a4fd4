/** The panel beside the open room, by the route. Each view shows a PanelFrame. */
import { html, useEffect, useView } from '../lib.js';
import { go } from '../router.js';
import { client } from '../stores/session.js';
import { Info, Members, PersonPanel, Pins, SearchPanel, ThreadPanel } from './lazy.js';

/** @type {Record<string, any>} */
const PANELS = { info: Info, members: Members, person: PersonPanel, pins: Pins, search: SearchPanel, thread: ThreadPanel };

/** @param {{room: string, panel: import('../router.js').Panel}} props */
export function Panel({ room, panel }) {
  const View = PANELS[panel.name];
  const isOutside = useView(client().room(room), ({ error }) => error?.reason === 'forbidden');
  useEffect(() => {
    if (isOutside) go({ view: 'room', room }, { replace: true });
  }, [isOutside, room]);
  if (isOutside) return null;
  return View && html`<${View} key=${`${room} ${panel.name} ${panel.person ?? panel.root ?? ''}`} room=${room} ...${panel} />`;
}
