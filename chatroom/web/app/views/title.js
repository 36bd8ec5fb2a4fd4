/** The title of the browser's tab: what is unread, and the open room. */
import { useEffect, useView } from '../lib.js';
import { openRoom } from '../router.js';
import { server } from '../stores/server.js';
import { client } from '../stores/session.js';
import { roomName } from './names.js';

/** @param {string} title */
function useTitle(title) {
  useEffect(() => {
    document.title = title;
  }, [title]);
}

export function Title() {
  const { inbox, people } = client();
  const room = openRoom.value;
  const nameOf = () => room && roomName(room, inbox.entry(room));
  const unread = useView(inbox, (state) => state.unread);
  useView(inbox, nameOf);
  const name = useView(people, nameOf);
  const parts = [name, server.value.name].filter(Boolean);
  useTitle(`${unread ? `(${unread}) ` : ''}${parts.join(' · ')}`);
  return null;
}

/** While nobody is logged in. */
export function ServerTitle() {
  useTitle(server.value.name);
  return null;
}
