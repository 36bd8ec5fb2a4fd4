/**
 * What a product may keep of a client, to show it before there is a connection: plain objects that can be cloned.
 *
 * @import { Client } from './client.js'
 * @import { RoomMessage } from './logwindow.js'
 * @import { RoomInfo } from './room.js'
 * @import { InboxEntry, History, Profile, User } from './types.js'
 */

/**
 * @typedef {object} KeptAccount
 * @property {User} user
 * @property {'admin' | 'member' | null} serverRole
 * @property {readonly InboxEntry[]} rooms the inbox
 * @property {{ unread: number, mentions: number }} threads
 */

/**
 * @typedef {object} KeptRoom
 * @property {string} room
 * @property {string} epoch
 * @property {number} rev up to which its changes are known
 * @property {number} firstSeq
 * @property {number} headSeq
 * @property {number} readSeq
 * @property {RoomInfo} info
 * @property {boolean} hasOlder
 * @property {Pick<History, 'messages' | 'myReactions' | 'quoted' | 'threads'>} page
 * @property {readonly Profile[]} people whom the messages name
 */

/** @param {Client} client @returns {KeptAccount | null} null before the first connection */
export function keepAccount({ connection, inbox }) {
  const { user, serverRole } = connection.state;
  if (!user) return null;
  const { rooms, threads } = inbox.state;
  return { user, serverRole, rooms: rooms.map(({ muted, ...entry }) => entry), threads };
}

/**
 * Returns a page that makes the same messages again.
 * @param {readonly RoomMessage[]} messages
 * @returns {KeptRoom['page']}
 */
export function pageOf(messages) {
  return {
    messages: messages.map(({ key, myReactions, quote, replies, ...message }) => message),
    myReactions: messages.filter(({ myReactions }) => myReactions.length).map(({ seq, myReactions }) => ({ seq, emojis: [...myReactions] })),
    quoted: messages.flatMap(({ quote }) => quote ?? []),
    threads: messages.flatMap(({ replies }) => replies ?? []),
  };
}

/**
 * Returns the profiles of those whom messages name.
 * @param {Client['people']} people
 * @param {readonly RoomMessage[]} messages
 * @returns {Profile[]}
 */
export function peopleOf(people, messages) {
  const names = new Set(messages.flatMap(({ sender, mentions = [], replies }) => [sender, ...mentions, ...(replies?.users ?? [])]));
  return [...names].flatMap((name) => {
    const known = people.get(name);
    if (!known) return [];
    const { online, ...profile } = known;
    return profile;
  });
}

/**
 * Shows what was kept, and goes on from there once there is a connection.
 * @param {Client} client
 * @param {KeptAccount} account
 * @param {readonly KeptRoom[]} rooms
 */
export function restore(client, { user, serverRole, rooms: entries, threads }, rooms) {
  client.connection.set({ user, serverRole });
  client.people.note(user);
  client.inbox.restore(entries, threads);
  for (const kept of rooms) {
    for (const profile of kept.people) client.people.put(profile);
    client.room(kept.room).restore(kept);
  }
  client.outbox.connected();
}
