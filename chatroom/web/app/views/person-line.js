/** A person in a list: picture, name, and the account's name or what else is said. */
import { Avatar } from '../components/avatar.js';
import { html, useView } from '../lib.js';
import { client } from '../stores/session.js';

/**
 * Returns the status that is shown: one that has ended is none.
 * @param {any} [person]
 */
export const statusOf = (person) => {
  const { status } = person ?? {};
  return status && !(status.until <= Date.now()) ? status : null;
};

/** Emoji of the status, with the text as its title. @param {{name: string}} props */
export function StatusSign({ name }) {
  const status = statusOf(useView(client().people, ({ profiles }) => profiles.get(name)));
  return status?.emoji ? html`<span class="status-sign" role="img" aria-label=${status.text || status.emoji} title=${status.text}>${status.emoji}</span>` : null;
}

/**
 * @param {object} props
 * @param {string} props.name of the account
 * @param {string} [props.displayName] as the list says it; else what is known
 * @param {string} [props.note] in place of the account's name
 * @param {any} [props.children] at the end of the line
 */
export function PersonLine({ name, displayName, note, children }) {
  const { people } = client();
  useView(people, () => people.name(name));
  const known = people.get(name)?.displayName ?? displayName ?? name;
  return html`
    <${Avatar} name=${name} presence />
    <span class="spread line-text">
      <span class="truncate"><bdi class="strong">${known}</bdi> <${StatusSign} name=${name} /></span>
      <span class="meta truncate"><bdi>${note ?? `@${name}`}</bdi></span>
    </span>
    ${children}
  `;
}
