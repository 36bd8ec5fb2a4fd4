/** What screen readers say of new messages: each once. */
import { html, signal } from '../lib.js';
import { client, me } from '../stores/session.js';
import { plainText } from './markdown-tokens.js';

/** Of messages that come together, so many are spoken. */
const MAX_SPOKEN = 5;

export class Speech {
  /** @type {import('../lib.js').Signal<readonly any[]>} */
  messages = signal([]);
  #lastSeq = 0;

  /** Begins after what is there. @param {{headSeq: number}} state of a room or thread */
  begin({ headSeq }) {
    this.#lastSeq = headSeq;
  }

  /** @param {{messages: readonly any[], hasNewer: boolean}} state of the room or thread */
  hear({ messages, hasNewer }) {
    const last = messages.at(-1);
    if (!last || hasNewer || last.seq <= this.#lastSeq) return;
    const fresh = messages.slice(-MAX_SPOKEN).filter(({ seq, sender, deleted }) => seq > this.#lastSeq && sender !== me() && !deleted);
    this.#lastSeq = last.seq;
    if (fresh.length > 0) this.messages.value = fresh;
  }
}

/** Each message is an element of its own, so that the same words twice are said twice. @param {{speech: Speech}} props */
export const Spoken = ({ speech }) => html`
  <div class="visually-hidden" aria-live="polite">
    ${speech.messages.value.map(({ seq, sender, text }) => html`<p key=${seq}>${client().people.name(sender)}: ${plainText(text)}</p>`)}
  </div>
`;
