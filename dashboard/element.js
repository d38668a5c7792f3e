// Elements of the document.

/**
 * The element with an id, which the document has.
 * @template {HTMLElement} T
 * @param {string} id @param {new () => T} kind @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/**
 * A new element. Text is text: nothing is ever read as HTML.
 * @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Writes only what is different, so that nothing flickers and selections stay. @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Fills a definition list. @param {HTMLElement} list @param {[string, string][]} rows */
export function writeFacts(list, rows) {
  while (list.children.length > rows.length * 2) list.lastElementChild?.remove();
  rows.forEach(([term, value], i) => {
    if (!list.children[2 * i]) list.append(make('dt'), make('dd'));
    write(list.children[2 * i], term);
    write(list.children[2 * i + 1], value);
  });
}

/** A line for people, in red where something went wrong. @param {HTMLElement} line @param {string} text @param {boolean} [bad] */
export function say(line, text, bad = false) {
  write(line, text);
  line.title = text;
  line.classList.toggle('bad', bad);
}
