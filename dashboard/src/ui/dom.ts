// Small functions to make and change elements.

type Child = Node | string | null | undefined | false;
type Listeners = { [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
type Attributes = Listeners & {
  [name: string]: string | number | boolean | null | undefined | ((event: never) => void);
};

/** An element with attributes, listeners (`onclick` and so on) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Child | Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: SVGElement[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function append(element: Element, children: (Child | Child[])[]) {
  for (const child of children.flat()) if (child || child === '') element.append(child);
}

export function byId<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element as T;
}

/** Writes a text only if it is another one: less work, and no selection lost. */
export function write(element: Element, text: string) {
  if (element.textContent !== text) element.textContent = text;
}

/** A message under a form: what happened, or what is wrong. */
export function say(element: HTMLElement, text: string, bad = false) {
  write(element, text);
  element.classList.toggle('bad', bad);
}

/** Terms and what they are: rows are kept where the terms are the same, so that nothing flickers. */
export function writeFacts(list: HTMLElement, rows: [string, string][]) {
  const held = [...list.children];
  if (held.length !== rows.length * 2 || rows.some(([term], i) => held[i * 2]!.textContent !== term)) {
    list.replaceChildren(...rows.flatMap(([term, text]) => [h('dt', {}, term), h('dd', {}, text)]));
    return;
  }
  rows.forEach(([, text], i) => {
    write(held[i * 2 + 1]!, text);
  });
}

/** Calls a function at most once a frame. */
export function oncePerFrame(call: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      call();
    });
  };
}
