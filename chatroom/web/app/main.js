/** Starts the page. */
import { html, render } from './lib.js';
import { App } from './views/app.js';
import { openServer } from './stores/server.js';
import { applyPreferences } from './stores/preferences.js';
import { begin } from './stores/session.js';
import { openWorker } from './stores/worker.js';

openServer();
begin(); // it connects while the texts are loaded
await applyPreferences();
render(html`<${App} />`, document.body);
openWorker();
