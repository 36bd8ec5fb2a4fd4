// The document's elements: found, made, and brought up to date. Text reaches them as text only.

export const $ = (id) => document.getElementById(id);

/** Only when it is another, for what says it aloud. */
export function tell(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const button = (words, onclick) => make('button', { type: 'button', className: 'quiet', textContent: words, onclick });

/** Makes the list's items be `rows`; what did not change is not touched. */
export function reconcile(list, rows) {
  const wanted = new Set(rows.map(({ key }) => key));
  for (const node of [...list.children]) if (!wanted.has(node.dataset.key)) node.remove();
  const nodes = new Map([...list.children].map((node) => [node.dataset.key, node]));
  let next = list.firstElementChild;
  for (const { key, stamp, build } of rows) {
    let node = nodes.get(key);
    if (node?.dataset.stamp !== stamp) {
      const [old, focused] = [node, node?.contains(document.activeElement)];
      node = build();
      Object.assign(node.dataset, { key, stamp });
      old?.replaceWith(node);
      if (old && next === old) next = node;
      if (focused) node.querySelector('a, button')?.focus();
    }
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
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
