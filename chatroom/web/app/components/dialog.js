/** Dialogs: modal, closed by Escape, a press outside or their own buttons. On phones a sheet from below. */
import { t } from '../i18n.js';
import { cx, html, signal, useId, useLayoutEffect, useRef } from '../lib.js';
import { Button, IconButton } from './button.js';
import { Floating } from './menu.js';

/** The open dialogs, the latest on top. @type {import('../lib.js').Signal<readonly {view: any, props: object}[]>} */
const open = signal([]);

/**
 * Opens a dialog.
 * @param {any} view a component that shows a Dialog
 * @param {object} [props]
 */
export const showDialog = (view, props = {}) => (open.value = [...open.value, { view, props }]);

/** Whether a dialog with this view is open. @param {any} view */
export const isDialogOpen = (view) => open.value.some((dialog) => dialog.view === view);

/** Closes the topmost dialog. */
export const closeDialog = () => (open.value = open.value.slice(0, -1));

/** Closes all dialogs, for instance at the log-out. */
export const closeDialogs = () => (open.value = []);

/** The open dialogs. The page outside the topmost one is inert, so menus are shown inside it. */
export const Dialogs = () => html`
  ${open.value.map(({ view: View, props }, index) => html`<${View} key=${index} ...${props} />`)}
  ${open.value.length === 0 && html`<${Floating} />`}
`;

/**
 * @param {object} props
 * @param {string} props.title
 * @param {any} props.children
 * @param {any} [props.footer] buttons
 * @param {boolean} [props.wide]
 * @param {boolean} [props.bare] shows neither the title nor a button that closes it
 * @param {(event: SubmitEvent) => unknown} [props.onSubmit] makes the content a form
 */
export function Dialog({ title, children, footer, wide, bare, onSubmit }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const heading = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close(); // the browser gives the focus back
  }, []);
  function pressed(/** @type {PointerEvent} */ event) {
    if (event.target === element.current) closeDialog(); // the backdrop
  }
  const content = html`
    <header class="dialog-head">
      <h2 id=${heading} class="spread">${title}</h2>
      <${IconButton} icon="close" label=${t('close')} onPress=${closeDialog} />
    </header>
    <div class="dialog-body scroll">${children}</div>
    ${footer && html`<footer class="dialog-foot">${footer}</footer>`}
  `;
  const label = bare ? { 'aria-label': title } : { 'aria-labelledby': heading };
  return html`
    <dialog
      ref=${element}
      class=${cx('dialog', wide && 'wide', bare && 'bare')}
      ...${label}
      onPointerDown=${pressed}
      onCancel=${(/** @type {Event} */ event) => {
        event.preventDefault();
        closeDialog();
      }}
    >
      ${onSubmit
        ? html`<form
            class="dialog-box"
            onSubmit=${(/** @type {SubmitEvent} */ event) => {
              event.preventDefault();
              onSubmit(event);
            }}
          >
            ${content}
          </form>`
        : html`<div class="dialog-box">${bare ? children : content}</div>`}
      <${Floating} />
    </dialog>
  `;
}

/**
 * Asks before a destructive act.
 * @param {{title: string, text: string, action: string, act: () => Promise<unknown>}} question
 */
export const confirm = (question) => showDialog(Confirm, question);

/** @param {{title: string, text: string, action: string, act: () => Promise<unknown>}} props */
function Confirm({ title, text, action, act }) {
  async function done() {
    await act();
    closeDialog();
  }
  const footer = html`
    <${Button} onPress=${closeDialog}>${t('cancel')}<//>
    <${Button} kind="danger" onPress=${done}>${action}<//>
  `;
  return html`<${Dialog} title=${title} footer=${footer}><p>${text}</p><//>`;
}
