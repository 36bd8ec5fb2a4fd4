/** The look of `<chat-room>`. Applications set the custom properties, and the size of the element. */
const CSS = `
  :host {
    display: flex; flex-direction: column; min-height: 12rem; overflow: hidden;
    font: var(--chat-font, 15px/22px system-ui, sans-serif);
    color: var(--chat-text, light-dark(#1f2328, #e6e8eb));
    background: var(--chat-background, light-dark(#fff, #17191c));
    border: 1px solid var(--chat-border, light-dark(#d5d9de, #33383e)); border-radius: 8px;
  }
  ol { flex: 1; margin: 0; padding: 8px 16px; overflow-y: auto; list-style: none; position: relative; overflow-anchor: none; }
  li { padding: 4px 0; }
  p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
  time, small { font-size: 13px; color: var(--chat-muted, light-dark(#5a626b, #a2aab3)); }
  .pending p { opacity: 0.65; }
  [role='status'] { padding: 8px 16px; background: var(--chat-notice, light-dark(#f4f0df, #38331f)); }
  form { display: flex; gap: 8px; padding: 8px 16px 16px; }
  [hidden] { display: none; }
  textarea { flex: 1; field-sizing: content; max-height: 10lh; padding: 8px; resize: none; }
  textarea, button { font: inherit; color: inherit; background: transparent; border: 1px solid currentColor; border-radius: 8px; }
  button { padding: 4px 12px; cursor: pointer; }
  small button { padding: 0 8px; }
  :focus-visible { outline: 2px solid var(--chat-accent, light-dark(#2b6a94, #7fb6d8)); outline-offset: 1px; }
`;

/** @type {CSSStyleSheet | null} */
let sheet = null;

/** @returns {CSSStyleSheet} which all elements share */
export function elementStyles() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
