/**
 * @import { Client } from './client.js'
 * @import { InboxState } from './inbox.js'
 * @import { Room, RoomState } from './room.js'
 * @import { Thread, ThreadState } from './thread.js'
 * @import { Person } from './types.js'
 */

/**
 * The part of React that is used, of version 18 or later.
 * @typedef {object} React
 * @property {(subscribe: (listener: () => void) => () => void, snapshot: () => any) => any} useSyncExternalStore
 * @property {(work: () => void, dependencies: readonly unknown[]) => void} useEffect
 * @property {(value: any) => any} createContext
 * @property {(context: any) => any} useContext
 */

/**
 * @template S
 * @typedef {{ readonly state: S, readonly subscribe: (listener: () => void) => () => void }} AnyView
 */

/**
 * Makes hooks with the React of the application. Each draws a component anew when what it returns has changed.
 * @param {React} React
 */
export function chatroomHooks(React) {
  const context = React.createContext(null);

  /** @returns {Client} that of the `ChatroomProvider` above */
  function useClient() {
    const client = React.useContext(context);
    if (!client) throw new Error('no <ChatroomProvider value={client}> above');
    return client;
  }

  /**
   * Returns the state of a view, or what `select` takes of it. That must be the same value for the same state.
   * @template S, [T=S]
   * @param {AnyView<S>} view
   * @param {(state: S) => T} [select]
   * @returns {T}
   */
  function useView(view, select = (state) => /** @type {any} */ (state)) {
    return React.useSyncExternalStore(view.subscribe, () => select(view.state));
  }

  return Object.freeze({
    ChatroomProvider: context.Provider,
    useClient,
    useView,
    /** Whether there is a connection, and whose it is. */
    useConnection: () => useView(useClient().connection),
    /** @returns {InboxState} */
    useInbox: () => useView(useClient().inbox),
    /**
     * @param {string} name
     * @returns {readonly [RoomState, Room]} the room is up to date while the component is there
     */
    useRoom(name) {
      const room = useClient().room(name);
      return [useView(room), room];
    },
    /**
     * @param {string} room
     * @param {number} root the seq of the message below which the thread is
     * @returns {readonly [ThreadState, Thread]}
     */
    useThread(room, root) {
      const thread = useClient().thread(room, root);
      return [useView(thread), thread];
    },
    /**
     * @param {string} name
     * @returns {Person | null} null as long as the profile is not known
     */
    usePerson(name) {
      const { people } = useClient();
      React.useEffect(() => people.want([name]), [people, name]);
      return useView(people, ({ profiles }) => profiles.get(name) ?? null);
    },
  });
}
