/**
 * The message list of a room or a thread. It keeps its place: at the end new messages scroll in, elsewhere what is read stays where
 * it is, and while the pointer is pressed nothing moves below it.
 */
import { Icon } from '../components/icon.js';
import { swallowClick } from '../components/menu.js';
import { Spinner } from '../components/spinner.js';
import { day, t } from '../i18n.js';
import { Component, createRef, effect, h, html, signal, untracked } from '../lib.js';
import { isPressed, isSeen } from '../stores/layout.js';
import { isDeleting } from '../stores/deletions.js';
import { Reading } from '../stores/reading.js';
import { client, me } from '../stores/session.js';
import { ActiveRow, rowOf } from './active-row.js';
import { messageActions } from './lazy.js';
import { LongPress } from './long-press.js';
import { Message } from './message.js';
import { RowFocus } from './row-focus.js';
import { AfterLayout, firstSeen, highlight } from './row-places.js';
import { rowsOf } from './rows.js';
import { Speech, Spoken } from './speech.js';

/** Distances in pixels from an end of the list: the next page is loaded; the list counts as being at its end. */
const LOAD_PX = 1200;
const END_PX = 40;

/**
 * @typedef {object} Props
 * @property {any} view of a room or a thread
 * @property {any} state its state
 * @property {any} [before] shown above the first message
 * @property {any} [root] the message below which a thread is
 * @property {any} [Root] the component that shows it
 * @property {(message: any) => void} onReply
 */
/** @extends {Component<Props, {}>} */
export class MessageList extends Component {
  scroller = createRef();
  content = createRef();
  atEnd = signal(true);
  /** Where the last frame was scrolled to. */
  top = 0;
  layout = new AfterLayout(() => this.settle());
  reading = new Reading(() => this.props);
  /** The state's `window` that was drawn last. A new one begins the reading anew. @type {number | null} */
  drawn = null;
  again = signal(0);
  speech = new Speech();
  focus = new RowFocus(this.scroller);
  active = new ActiveRow(this.scroller);

  componentDidMount() {
    this.place();
    this.focus.keep();
    this.speech.begin(this.props.state);
    this.layout.begin(this.scroller.current, this.content.current);
    const stops = [
      client().settings.subscribe(() => this.reading.isMarkedAnew() && this.beginAgain()),
      effect(() => void (this.isHeld() || this.layout.ask())),
      effect(() => this.tellReading()),
      effect(() => {
        if (isSeen.value) untracked(() => this.read());
        else untracked(() => this.beginAgain());
      }),
    ];
    this.stop = () => stops.forEach((stop) => stop());
  }

  componentWillUnmount() {
    this.longPress.release();
    this.layout.end();
    this.stop?.();
    this.props.view.reads(false);
  }

  /** While something is pointed at that a scroll would move away, the list holds still. */
  isHeld() {
    return isPressed.value || this.active.isAimedAt.value;
  }

  /** Draws the "new" line anew. */
  beginAgain() {
    this.reading.begin();
    this.again.value += 1;
  }

  // ---- keeping the place

  /** @returns {{key: string, top: number} | null} */
  getSnapshotBeforeUpdate() {
    if (!this.scroller.current || this.isAtPresent()) return null;
    const row = firstSeen(this.scroller.current, this.content.current);
    return row ? { key: row.dataset.key ?? '', top: row.getBoundingClientRect().top } : null;
  }

  /** @param {Props} before @param {{}} _ @param {{key: string, top: number} | null} anchor */
  componentDidUpdate(before, _, anchor) {
    const { state, view } = this.props;
    const [written, sent] = [before.state.pending.at(-1)?.key, state.pending.at(-1)?.key];
    if (view !== before.view) {
      before.view.reads(false);
      untracked(() => this.tellReading());
    }
    if (view !== before.view || state.window !== before.state.window) this.place();
    else if (sent !== written && sent && !state.hasNewer) this.toEnd(); // what I have just written
    else if (anchor && !this.isAtPresent()) this.restore(anchor);
    else if (state.messages[0] !== before.state.messages[0]) this.top = 0; // a list that became shorter is scrolled by the browser
    if (state.target !== before.state.target && state.target !== null) highlight(this.content.current, state.target);
    this.focus.keep();
    this.read();
    this.speech.hear(this.props.state);
    if (before.state.loading && !state.loading) this.layout.ask(); // it may not have made the list longer
  }

  /** @param {{key: string, top: number}} anchor */
  restore({ key, top }) {
    const row = this.content.current.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!row) return;
    this.scroller.current.scrollTop += row.getBoundingClientRect().top - top;
    this.top = this.scroller.current.scrollTop;
  }

  /** Scrolls to the message jumped to, else to the "new" line, else to the end. */
  place() {
    const { state } = this.props;
    const line = this.content.current.querySelector('.new-line');
    if (state.target !== null) {
      this.atEnd.value = false;
      highlight(this.content.current, state.target);
      this.look(); // it may be the end all the same
    } else if (line && this.content.current.offsetHeight - line.offsetTop > this.scroller.current.clientHeight) {
      this.atEnd.value = false;
      this.scroller.current.scrollTop = line.offsetTop - this.scroller.current.clientHeight / 3;
    } else {
      this.toEnd();
    }
  }

  toEnd() {
    this.atEnd.value = true;
    this.scroller.current.scrollTop = this.scroller.current.scrollHeight;
    this.top = this.scroller.current.scrollTop;
  }

  /** Whether new messages scroll in. */
  isAtPresent = () => untracked(() => this.atEnd.value && !this.isHeld() && !this.props.state.hasNewer);

  /** Follows the end, or leaves it if somebody has scrolled, in frames in which that or sizes have changed. */
  settle() {
    if (!this.scroller.current) return; // the list was closed since
    this.look();
    if (this.isAtPresent()) this.toEnd();
    this.load();
  }

  /** Finds out what is on the screen. */
  look() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller.current;
    const isNear = scrollHeight - scrollTop - clientHeight < END_PX;
    // Only a scroll upwards leaves the end, by a pixel or more: less comes of rounding. That it is far may come of a change of sizes.
    if (isNear || this.top - scrollTop >= 1) this.atEnd.value = isNear && !this.props.state.hasNewer;
    this.top = scrollTop;
    // The messages being read stay when the list becomes too long.
    const seq = this.atEnd.peek() ? Infinity : Number(firstSeen(this.scroller.current, this.content.current)?.dataset.seq ?? Infinity);
    this.props.view.shows(seq, seq);
    this.read();
  }

  load() {
    const { state, view } = this.props;
    const { scrollTop, clientHeight, scrollHeight } = this.scroller.current;
    if (state.loading) return;
    if (state.hasOlder && scrollTop < LOAD_PX) view.older();
    else if (state.hasNewer && scrollHeight - scrollTop - clientHeight < LOAD_PX) view.newer();
  }

  /** Tells the view whether new messages are seen as they come. */
  tellReading() {
    this.props.view.reads(this.atEnd.value && isSeen.value);
  }

  read() {
    const { state } = this.props;
    if (this.atEnd.peek() && isSeen.peek() && !state.hasNewer && state.status === 'live') this.reading.end();
  }

  toPresent = () => {
    this.reading.newAfter = null;
    this.again.value += 1;
    if (this.props.state.hasNewer) this.props.view.jumpTo('present');
    else this.toEnd();
  };

  /** @param {any} message */
  reply = (message) => this.props.onReply(message);

  // ---- the keyboard and the pointer

  /** Returns the message of a row that has actions. @param {HTMLElement} row */
  messageOf(row) {
    const { state, root } = this.props;
    const seq = Number(row.dataset.seq);
    const message = root?.seq === seq ? root : state.messages.find((/** @type {any} */ each) => each.seq === seq);
    return message?.deleted ? undefined : message;
  }

  /** Moves the focus from row to row, and carries out the keys of the focused message. @param {KeyboardEvent} event */
  key = (event) => {
    const row = rowOf(event);
    if (!row || event.target !== row) return;
    const message = this.messageOf(row);
    const act = () => messageActions.use(({ actionKey }) => actionKey(event, row, message, this.reply));
    if (this.focus.key(event, row) || (message && act())) event.preventDefault();
  };

  /** @param {FocusEvent} event */
  focusIn = (event) => {
    const row = rowOf(event);
    if (!row) return;
    this.focus.at(row);
    this.active.focus(row, /** @type {HTMLElement} */ (event.target));
  };

  /** A long press of a finger opens the actions. */
  longPress = new LongPress((/** @type {HTMLElement} */ target) => {
    const row = /** @type {HTMLElement | null} */ (target.closest('textarea, input') ? null : target.closest('.message'));
    const message = row && this.messageOf(row);
    if (!message) return null;
    return () => {
      swallowClick(); // the finger lifts above the sheet
      messageActions.use(({ showActions }) => showActions(row, message, this.reply));
    };
  });

  /** The browser's own menu would lie over the actions. @param {PointerEvent} event */
  contextMenu = (event) => {
    if (event.pointerType === 'touch' && rowOf(event)) event.preventDefault();
  };

  render(/** @type {Props} */ { state, before, root, Root }) {
    void this.again.value;
    if (this.drawn !== state.window) this.reading.begin();
    this.drawn = state.window;
    const rows = rowsOf(state.messages, state.pending, this.reading.newAfter, me(), isDeleting);
    const behind = !this.atEnd.value || state.hasNewer;
    const missed = Math.max(state.headSeq - state.readSeq, 0);
    return html`
      <div class="messages">
        <div
          class="scroller"
          ref=${this.scroller}
          onScroll=${this.layout.ask}
          onKeyDown=${this.key}
          onFocusIn=${this.focusIn}
          onPointerMove=${this.active.move}
          onPointerOver=${this.active.over}
          onPointerLeave=${this.active.leave}
          onPointerDown=${this.longPress.press}
          onPointerUp=${this.longPress.release}
          onPointerCancel=${this.longPress.release}
          onContextMenu=${this.contextMenu}
        >
          <div class="scroller-fill"></div>
          ${state.loading === 'older' ? html`<div class="loading-row"><${Spinner} /></div>` : !state.hasOlder && before}
          ${root && !state.hasOlder && html`<${Root} message=${root} count=${state.messages.length} hasMore=${state.hasNewer} active=${this.active.key} onReply=${this.reply} />`}
          <div class="rows" role="group" aria-label=${t('messages')} ref=${this.content}>
            ${rows.map((row) => {
              // Without a template: of hundreds of rows few have changed.
              if (row.kind === 'message') return h(Message, { key: row.key, active: this.active.key, onReply: this.reply, row });
              const words = row.kind === 'day' ? day(row.timestamp) : t('new');
              return html`<div key=${row.key} class=${`${row.kind}-line`} role="separator"><span>${words}</span></div>`;
            })}
          </div>
          ${state.loading === 'newer' && html`<div class="loading-row"><${Spinner} /></div>`}
        </div>
        ${behind &&
        html`
          <button type="button" class="to-present" onClick=${this.toPresent}>
            ${missed > 0 ? t('new-messages', { count: missed }) : t('to-present')}<${Icon} name="down" />
          </button>
        `}
        <${Spoken} speech=${this.speech} />
      </div>
    `;
  }
}
