/** Starts the page. */
import { html, render } from './lib.js';
import { App } from './views/app.js';
import { openServer } from './stores/server.js';
import { applyPreferences } from './stores/preferences.js';
import { begin } from './stores/session.js';
import { openWorker } from './stores/worker.js';

await applyPreferences();
openServer();
begin();
render(html`<${App} />`, document.body);
openWorker();
