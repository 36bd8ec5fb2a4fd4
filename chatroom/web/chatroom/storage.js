/**
 * Where unsent messages are kept. Items are objects that can be cloned (with files) and have a `key`.
 * @template {{ key: string }} T
 * @typedef {object} Storage
 * @property {() => Promise<T[]>} load all items
 * @property {(key: string) => Promise<T | undefined>} get
 * @property {(item: T) => Promise<void>} put adds or replaces
 * @property {(key: string) => Promise<void>} remove
 */

/**
 * Keeps items as long as the process.
 * @template {{ key: string }} T
 * @returns {Storage<T>}
 */
export function memoryStorage() {
  /** @type {Map<string, T>} */
  const items = new Map();
  return {
    load: async () => [...items.values()],
    get: async (key) => items.get(key),
    put: async (item) => void items.set(item.key, item),
    remove: async (key) => void items.delete(key),
  };
}

const STORE = 'messages';

/**
 * Keeps items in IndexedDB. Falls back to memory where a browser forbids that.
 * @template {{ key: string }} T
 * @param {string} name of the database
 * @returns {Storage<T>}
 */
export function indexedDbStorage(name) {
  /** @type {Storage<T>} */
  const memory = memoryStorage();
  /** @type {Promise<IDBDatabase | null> | null} */
  let opening = null;

  /**
   * @template R
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<R>} ask
   * @param {() => Promise<R>} instead
   * @returns {Promise<R>}
   */
  async function run(mode, ask, instead) {
    opening ??= open(name, () => (opening = null)).catch(() => null);
    const database = await opening;
    if (!database) return instead();
    const transaction = database.transaction(STORE, mode, { durability: 'strict' });
    const request = ask(transaction.objectStore(STORE));
    await new Promise((done, failed) => {
      transaction.oncomplete = done;
      transaction.onabort = transaction.onerror = () => failed(transaction.error);
    });
    return request.result;
  }

  return {
    load: () => run('readonly', (store) => store.getAll(), memory.load),
    get: (key) => run('readonly', (store) => store.get(key), /** @type {any} */ (() => memory.get(key))),
    put: (item) => run('readwrite', (store) => /** @type {IDBRequest<any>} */ (store.put(item)), () => memory.put(item)),
    remove: (key) => run('readwrite', (store) => /** @type {IDBRequest<any>} */ (store.delete(key)), () => memory.remove(key)),
  };
}

/**
 * @param {string} name
 * @param {() => void} closed
 * @returns {Promise<IDBDatabase>}
 */
const open = (name, closed) =>
  new Promise((done, failed) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
    request.onerror = () => failed(request.error);
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = closed;
      database.onversionchange = () => {
        database.close();
        closed();
      };
      done(database);
    };
  });
