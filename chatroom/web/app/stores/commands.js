/** Commands in the composer: a slash and a word at the beginning of the text. */
import { partnerOf } from '../../chatroom/index.js';
import { t } from '../i18n.js';
import { go, goToRoom } from '../router.js';
import { client, me } from './session.js';
import { failed, toast } from './toasts.js';

/**
 * @typedef {object} Place
 * @property {string} room
 * @property {any} view of the room or thread
 * @property {() => void} done called when the command is taken, before it is carried out
 */
/**
 * @typedef {object} Command
 * @property {string} name
 * @property {boolean} [inRooms] not in direct rooms
 * @property {boolean} [takesWords] it needs words after it
 * @property {(words: string, place: Place) => unknown} act
 */

/** @param {string} words */
const nameIn = (words) => words.replace(/^@/, '').split(/\s/)[0];

/** @type {readonly Command[]} */
const COMMANDS = [
  { name: 'me', takesWords: true, act: (words, { view }) => view.send(`_${words}_`) },
  { name: 'shrug', act: (words, { view }) => view.send(`${words} ¯\\\\\\_(ツ)\\_/¯`.trim()) },
  { name: 'topic', inRooms: true, act: (words, { room }) => client().calls.setRoom({ room, topic: words }) },
  {
    name: 'invite',
    inRooms: true,
    takesWords: true,
    act: async (words, { room }) => {
      const user = nameIn(words);
      await client().calls.invite({ room, user });
      toast(t('was-invited', { name: client().people.name(user) }));
    },
  },
  {
    name: 'leave',
    inRooms: true,
    act: async (_, { room }) => {
      await client().calls.leaveRoom({ room });
      go({ view: 'home' });
    },
  },
  { name: 'mute', act: (_, { room }) => notify(room, 'none', t('room-is-muted')) },
  { name: 'unmute', act: (_, { room }) => notify(room, 'all', t('room-is-heard')) },
  {
    name: 'join',
    takesWords: true,
    act: async (words) => {
      const room = words.replace(/^#/, '').split(/\s/)[0];
      await client().calls.joinRoom({ room, create: false });
      goToRoom(room);
    },
  },
  {
    name: 'msg',
    takesWords: true,
    act: (words) => {
      const user = nameIn(words);
      const text = words.slice(words.indexOf(user) + user.length).trim();
      const view = client().directRoom(user);
      if (text) view.send(text).catch(() => {}); // shown in the room
      goToRoom(view.state.room);
    },
  },
  { name: 'status', act: (words) => client().calls.setProfile({ status: words ? { text: words } : {} }) },
];

/** @param {string} room @param {'all' | 'mentions' | 'none'} level @param {string} words */
async function notify(room, level, words) {
  await client().calls.setNotifications({ room, level });
  toast(words);
}

/** Returns the commands that a room has. @param {string} room */
export const commandsOf = (room) => COMMANDS.filter(({ inRooms }) => !inRooms || !partnerOf(room, me()));

const FORM = /^\/([a-z]+)(?:\s+(.*))?$/s;

/**
 * Carries a text out if it is a command, or says why not.
 * @param {string} text
 * @param {Place} place
 * @returns {Promise<boolean>} whether it was taken as a command
 */
export async function runCommand(text, place) {
  const found = FORM.exec(text.trimEnd());
  if (!found) return false;
  const [, name, rest = ''] = found;
  const words = rest.trim();
  const command = commandsOf(place.room).find((each) => each.name === name);
  if (!command) {
    toast(t('no-such-command', { name }), { kind: 'error' });
  } else if (command.takesWords && !words) {
    toast(t('command-needs-words', { usage: t(`command-${name}.usage`) }), { kind: 'error' });
  } else {
    place.done();
    try {
      await command.act(words, place);
    } catch (error) {
      failed(error);
    }
  }
  return true;
}
