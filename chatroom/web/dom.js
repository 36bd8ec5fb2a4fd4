// Finds, creates and updates elements of the document. Text is never interpreted as HTML.

/** Maximum duration of a press. After it, drawing continues even if there was no event for the release. */
const MAX_PRESS_MS = 5000;

export const $ = (id) => document.getElementById(id);

/** Sets an element's text only if it differs, so that screen readers do not repeat it. */
export function setText(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== ''));
  return element;
}

export const button = (words, onclick) => make('button', { type: 'button', className: 'quiet', textContent: words, onclick });

/** Updates the items of a list to `rows`. Items with the same key keep their elements, and so focus and pointer. */
export function reconcile(list, rows) {
  const wanted = new Set(rows.map(({ key }) => key));
  for (const node of [...list.children]) if (!wanted.has(node.dataset.key)) node.remove();
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const nodes = rows.map(({ key, stamp, build }) => {
    const old = known.get(key);
    if (old?.dataset.stamp === stamp) return old;
    const fresh = build();
    Object.assign(fresh.dataset, { key, stamp });
    return old ? patch(old, fresh) : fresh;
  });
  arrange(list, nodes);
}

/** Orders the nodes with few moves. A focused node is not moved, since it would lose the focus. */
function arrange(list, nodes) {
  const focused = nodes.find((node) => node.contains(document.activeElement));
  let next = list.firstElementChild;
  for (const node of nodes) {
    // Remove nodes before a focused one, and a single node that belongs further down.
    const removable = () => next && next !== focused && next !== node;
    while (removable() && (node === focused || next.nextElementSibling === node)) {
      const after = next.nextElementSibling;
      next.remove();
      next = after;
    }
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
  }
}

/** Copies attributes, handler and children of `fresh` to `old`, and reuses the elements of `old` where possible. */
function patch(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  old.onclick = fresh.onclick;
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  after.forEach((child, index) => {
    const present = before[index];
    if (!present) old.append(child);
    else if (present.nodeName !== child.nodeName) present.replaceWith(child);
    else if (present.nodeType === Node.ELEMENT_NODE) patch(present, child);
    else if (present.data !== child.data) present.data = child.data;
  });
  for (const child of before.slice(after.length)) child.remove();
  return old;
}

/** Tracks pressed pointers. Nothing may move during a press: a click needs press and release on the same element. */
export class Press {
  constructor(released) {
    Object.assign(this, { held: false, released });
    addEventListener('pointerdown', () => this.begin(), true);
    addEventListener('pointerup', ({ pointerType }) => this.end(pointerType), true);
    addEventListener('pointercancel', () => this.end(), true);
    addEventListener('blur', () => this.end());
    // There may be no event for a release outside the window.
    addEventListener('pointermove', ({ buttons }) => buttons || this.end(), true);
  }

  begin() {
    this.held = true;
    this.endIn(MAX_PRESS_MS);
  }

  /** The click event comes right after the release of a mouse, and a little later after that of a finger. */
  end(pointerType = 'mouse') {
    if (this.held) this.endIn(pointerType === 'mouse' ? 0 : 50);
  }

  endIn(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.held = false;
      this.released();
    }, ms);
  }
}

export function withLinks(text) {
  const link = (href) => make('a', { href, target: '_blank', rel: 'noopener noreferrer', textContent: href });
  const parts = text.split(/(https?:\/\/[^\s<>"\u202a-\u202e\u2066-\u2069]*[^\s<>"\u202a-\u202e\u2066-\u2069.,;:!?)\]}'])/);
  return parts.map((part, index) => (index % 2 ? link(part) : part));
}

/** Returns a name's first visible character. */
export const initial = (name) => /[\p{L}\p{N}\p{P}\p{S}]/u.exec(name)?.[0] ?? '';

/** Returns the number of the name's colour, 0 to 5. */
export const hue = (name) => [...name].reduce((sum, letter) => (sum * 67 + letter.charCodeAt(0)) % 1009, 7) % 6;
