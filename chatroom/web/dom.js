// The document's elements: found, made, and brought up to date. Text reaches them as text only.

/** Longer than a click; the page shows what is new again, even where a release got lost. */
const LONGEST_PRESS_MS = 5000;

export const $ = (id) => document.getElementById(id);

/** Only when it is another, for what says it aloud. */
export function tell(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== ''));
  return element;
}

export const button = (words, onclick) => make('button', { type: 'button', className: 'quiet', textContent: words, onclick });

/** Makes the list's items be `rows`. An item that stays keeps its elements, so that it keeps the focus and the pointer. */
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

/** Puts the nodes in this order, and moves only what must move. A focused one stays, since a move takes the focus away. */
function arrange(list, nodes) {
  const still = nodes.find((node) => node.contains(document.activeElement));
  let next = list.firstElementChild;
  for (const node of nodes) {
    // Others go out of the way of a focused one; one that only sank is not a reason to move all that it sank past.
    const inTheWay = () => next && next !== still && next !== node;
    while (inTheWay() && (node === still || next.nextElementSibling === node)) {
      const after = next.nextElementSibling;
      next.remove();
      next = after;
    }
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
  }
}

/** Makes `old` look and act like `fresh`, and keeps those of its elements that can stay. */
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

/** While a pointer is pressed, nothing may change its place: a click needs the press and the release on one element. */
export class Press {
  constructor(released) {
    Object.assign(this, { held: false, released });
    addEventListener('pointerdown', () => this.begin(), true);
    addEventListener('pointerup', ({ pointerType }) => this.end(pointerType), true);
    addEventListener('pointercancel', () => this.end(), true);
    addEventListener('blur', () => this.end());
    // A release outside the window may not be told.
    addEventListener('pointermove', ({ buttons }) => buttons || this.end(), true);
  }

  begin() {
    this.held = true;
    this.endIn(LONGEST_PRESS_MS);
  }

  /** The click comes right after a mouse's release, and a little later after a finger's. */
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

/** Its first character that can be seen, and not half of one. */
export const initial = (name) => /[\p{L}\p{N}\p{P}\p{S}]/u.exec(name)?.[0] ?? '';

/** Which of the six colours stands for that name. */
export const hue = (name) => [...name].reduce((sum, letter) => (sum * 67 + letter.charCodeAt(0)) % 1009, 7) % 6;
