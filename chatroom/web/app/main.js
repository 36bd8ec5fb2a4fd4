/** Starts the page. */
import { html, render, whenIdle } from './lib.js';
import { App } from './views/app.js';
import { openServer } from './stores/server.js';
import { applyPreferences } from './stores/preferences.js';
import { begin } from './stores/session.js';

openServer();
begin(); // it connects while the texts are loaded
await applyPreferences();
render(html`<${App} />`, document.body);
whenIdle()
  .then(() => import('./stores/worker.js'))
  .then(({ openWorker }) => openWorker())
  .catch(console.error);
