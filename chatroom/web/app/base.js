/** Where the server is: the page's files are at `BASE/assets/DIGEST/`, whatever the address of the page. */

/** The server's address, with the path below which it is, and without a slash at the end. */
export const BASE = new URL('../../../', import.meta.url).href.replace(/\/$/, '');

/** The path below which the server is, with a slash at the end: the scope of the service worker. */
export const ROOT = `${new URL(BASE).pathname.replace(/\/$/, '')}/`;
