/** A block of code, highlighted once the highlighter is loaded, with a button to copy it. */
import { Button } from '../components/button.js';
import { t } from '../i18n.js';
import { html, signal } from '../lib.js';
import { toast } from '../stores/toasts.js';

/** @type {import('../lib.js').Signal<any>} */
const highlighter = signal(null);
let asked = false;

/** Loads the highlighter, unless it is there or on its way. If that fails, the next code that is shown tries it again. */
async function load() {
  if (asked) return;
  asked = true;
  try {
    highlighter.value = (await import('../../vendor/highlight/highlight.min.js')).default;
  } catch (error) {
    asked = false;
    console.error(error);
  }
}

const ENTITIES = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#x27;': "'", '&amp;': '&' };
const PIECE = /<span class="([^"]*)">|<\/span>|&(?:lt|gt|quot|#x27|amp);|[^<&]+/g;

/**
 * Turns the highlighter's output, which has only spans and escaped text, into elements.
 * @param {string} output
 */
function elements(output) {
  /** @type {any[][]} */
  const open = [[]];
  /** @type {string[]} */
  const classes = [];
  for (const [piece, name] of output.matchAll(PIECE)) {
    if (name !== undefined) {
      classes.push(name);
      open.push([]);
    } else if (piece === '</span>') {
      const content = open.pop();
      open.at(-1)?.push(html`<span class=${classes.pop()}>${content}</span>`);
    } else {
      open.at(-1)?.push(ENTITIES[/** @type {keyof typeof ENTITIES} */ (piece)] ?? piece);
    }
  }
  return open[0];
}

/** @param {{text: string, language: string}} props */
export function Code({ text, language }) {
  load();
  const library = highlighter.value;
  const known = library?.getLanguage(language);
  const content = known ? elements(library.highlight(text, { language, ignoreIllegals: true }).value) : text;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    toast(t('copied'));
  };
  return html`
    <div class="code">
      <pre dir="ltr" tabindex="0"><code>${content}</code></pre>
      <${Button} kind="quiet" class="copy" icon="copy" label=${t('copy-code')} onPress=${copy} />
    </div>
  `;
}
