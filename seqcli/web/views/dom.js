/**
 * Elements of the page. Texts become text nodes and attributes, never markup: what a model or a
 * person has written cannot become an element or a script.
 *
 * (Counterpart: seqcli/views/page.py, which writes HTML.)
 */

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

/** @typedef {string | number | Node | null | undefined | false} Child */
/**
 * Functions become listeners ("onclick"); `true` is an attribute without a value; `false`, `null`
 * and `undefined` leave the attribute out. "style" sets properties, and "dataset" data attributes.
 * @typedef {string | number | boolean | null | undefined | ((event: never) => void) |
 *   Record<string, string | number>} AttributeValue
 */
/** @typedef {Record<string, AttributeValue>} Attributes */

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} attributes
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  return completed(document.createElement(tag), attributes, children);
}

/**
 * An element of SVG.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} attributes
 * @param {...(Child | Child[])} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svgElement(tag, attributes = {}, ...children) {
  return completed(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

/**
 * @template {HTMLElement | SVGElement} E
 * @param {E} made
 * @param {Attributes} attributes
 * @param {(Child | Child[])[]} children
 * @returns {E}
 */
function completed(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...domNodes(children));
  return made;
}

/**
 * @param {HTMLElement | SVGElement} made
 * @param {string} name
 * @param {AttributeValue} value
 */
function setAttribute(made, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") {
    const listener = /** @type {EventListener} */ (value);
    made.addEventListener(name.replace(/^on/, ""), listener);
  } else if (name === "dataset") Object.assign(made.dataset, value);
  else if (name === "style") {
    for (const [property, setting] of Object.entries(value)) {
      made.style.setProperty(property, String(setting));
    }
  } else made.setAttribute(name, value === true ? "" : String(value));
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(string | Node)[]}
 */
function domNodes(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Put children in place of those that an element has.
 * @param {Element} parent
 * @param {...(Child | Child[])} children
 */
export function replaceChildren(parent, ...children) {
  parent.replaceChildren(...domNodes(children));
}

/**
 * Whether another content of an element is awaited.
 * @param {Element} place
 * @param {boolean} isBusy
 */
export function setBusy(place, isBusy) {
  if (isBusy) place.setAttribute("aria-busy", "true");
  else place.removeAttribute("aria-busy");
}

/**
 * A text of a model or of a person, in the writing direction of its script.
 * @param {string} text
 * @param {Attributes} attributes
 * @returns {HTMLElement}
 */
export function foreignText(text, attributes = {}) {
  return element("span", { dir: "auto", ...attributes }, text);
}
