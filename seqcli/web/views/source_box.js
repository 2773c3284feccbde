/**
 * The box to type in, with the words underlined that are in no training pair.
 *
 * The underlines belong to an echo of the text that lies behind the box, with the same font and the
 * same width, and gives the box its height. A long text has no echo, and scrolls in the box.
 */

import { element, replaceChildren } from "./dom.js";

// More would take long to draw.
const MOST_UNDERLINED = 1000; // words
const LONGEST_ECHO = 5000; // UTF-16 units

/** @typedef {[number, number]} Span  [start, end) in the text, in UTF-16 units */

export class SourceBox {
  /**
   * @param {string} hint
   * @param {() => void} onInput
   * @param {() => void} onMove  told when the caret may have been moved
   */
  constructor(hint, onInput, onMove) {
    this.onInput = onInput;
    this.echo = element("div", { class: "echo", "aria-hidden": "true", dir: "auto" });
    this.area = element("textarea", {
      id: "source-text",
      dir: "auto",
      rows: 3,
      placeholder: hint,
      spellcheck: "false",
      "aria-describedby": "source-notes",
      oninput: () => this.changed(),
      onclick: onMove,
      onkeyup: onMove,
    });
    this.element = element(
      "div",
      { class: "box" },
      element("div", { class: "box-layers" }, this.echo, this.area),
    );
    this.shown = "";
    /** @type {Span[]} */
    this.underlined = [];
    this.isDrawn = true;
  }

  /** @returns {string} */
  get text() {
    return this.area.value;
  }

  /** Where the caret is in the text. */
  get caret() {
    return this.area.selectionStart;
  }

  /** @param {string} text */
  set text(text) {
    this.area.value = text;
    this.changed();
  }

  /** Draw the echo of a new text, where words that have not changed stay underlined. */
  changed() {
    const old = this.shown;
    this.shown = this.text;
    const [before, after] = unchangedLengths(old, this.shown);
    const shift = this.shown.length - old.length;
    this.underlined = this.underlined.flatMap(([start, end]) => {
      if (end < before) return [/** @type {Span} */ ([start, end])];
      return start > old.length - after ? [/** @type {Span} */ ([start + shift, end + shift])] : [];
    });
    this.draw();
    this.onInput();
  }

  /**
   * Underline words from one position to another, and no others there.
   * @param {number} from
   * @param {number} to
   * @param {Span[]} spans
   */
  underline(from, to, spans) {
    const inside = this.underlined.filter(([start, end]) => start >= from && end <= to);
    if (JSON.stringify(inside) === JSON.stringify(spans)) return;
    const others = this.underlined.filter(([start, end]) => end <= from || start >= to);
    this.underlined = [...others, ...spans].sort((a, b) => a[0] - b[0]);
    this.drawSoon();
  }

  /** Draw before the next frame, once for all that changes until then. */
  drawSoon() {
    if (this.isDrawn) requestAnimationFrame(() => this.draw());
    this.isDrawn = false;
  }

  draw() {
    this.isDrawn = true;
    const { shown } = this;
    const isLong = shown.length > LONGEST_ECHO;
    this.element.classList.toggle("long", isLong);
    if (isLong) return this.echo.replaceChildren();
    const parts = [];
    let position = 0;
    for (const [start, end] of this.underlined.slice(0, MOST_UNDERLINED)) {
      parts.push(shown.slice(position, start));
      parts.push(element("span", { class: "unknown" }, shown.slice(start, end)));
      position = end;
    }
    // (A line feed at the end has a line of its own in the box.)
    replaceChildren(this.echo, ...parts, `${shown.slice(position)}\n`);
  }
}

/**
 * How many first and last characters two texts have in common.
 * @param {string} old
 * @param {string} text
 * @returns {[number, number]}
 */
function unchangedLengths(old, text) {
  const most = Math.min(old.length, text.length);
  let before = 0;
  while (before < most && old[before] === text[before]) before++;
  let after = 0;
  while (after < most - before && old[old.length - 1 - after] === text[text.length - 1 - after]) {
    after++;
  }
  return [before, after];
}
