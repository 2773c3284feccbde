/** Attention weights as lines between the source pieces on the left and the target pieces. */

import { element, foreignText, replaceChildren, svgElement } from "../dom.js";
import { largestFirst, percent } from "./panel.js";

const LEAST_WEIGHT = 0.02; // of a line
const HOW_TO_CHOOSE = "Tap a piece to see its lines alone, with their numbers.";

/**
 * The lines of one piece alone are shown while the pointer is over it, while it has the focus, and
 * after a tap until the next.
 * @param {string[]} sources
 * @param {string[]} targets
 * @param {(number | null)[][]} weights  [T][S]
 * @returns {Node[]}
 */
export function attentionLines(sources, targets, weights) {
  const across = targets.map((_, t) => sources.map((_, s) => weights[t][s] ?? 0));
  const down = sources.map((_, s) => targets.map((_, t) => across[t][s]));
  const told = element("p", { class: "readout", "aria-live": "polite" }, HOW_TO_CHOOSE);
  const lines = drawnLines(sources.length, targets.length, across);
  const sides = [
    new LineSide("source", sources, down, targets, "is looked at by "),
    new LineSide("target", targets, across, sources, "looks at "),
  ];
  /** @param {LineSide | null} side @param {number} index */
  const show = (side, index) => {
    for (const line of lines) {
      line.classList.toggle("away", side !== null && line.dataset[side.name] !== String(index));
    }
    for (const each of sides) each.mark(side, index);
    told.classList.toggle("told", side !== null);
    replaceChildren(told, side === null ? HOW_TO_CHOOSE : side.sentence(index));
  };
  let pinned = () => show(null, 0);
  for (const side of sides) {
    side.buttons.forEach((button, i) => {
      const look = () => show(side, i);
      button.addEventListener("pointerenter", look);
      button.addEventListener("focus", look);
      button.addEventListener("pointerleave", () => pinned());
      button.addEventListener("blur", () => pinned());
      button.addEventListener("click", () => {
        const release = button.getAttribute("aria-pressed") === "true";
        for (const each of sides) each.press(null);
        side.press(release ? null : i);
        pinned = release ? () => show(null, 0) : look;
        pinned();
      });
    });
  }
  const shape = { class: "lines", viewBox: "0 0 100 100", preserveAspectRatio: "none" };
  const picture = svgElement("svg", { ...shape, "aria-hidden": "true" }, ...lines);
  // (What is told stands below: above, it would move the piece away from under the pointer.)
  return [
    element("div", { class: "attention-lines" }, sides[0].list, picture, sides[1].list),
    told,
  ];
}

/** The pieces on one side: as buttons, and what each is connected with on the other side. */
class LineSide {
  /**
   * @param {"source" | "target"} name
   * @param {string[]} pieces
   * @param {number[][]} weights  of each piece, those of the pieces on the other side
   * @param {string[]} others
   * @param {string} verb
   */
  constructor(name, pieces, weights, others, verb) {
    this.name = name;
    this.pieces = pieces;
    this.weights = weights;
    this.others = others;
    this.verb = verb;
    this.numbers = pieces.map(() => element("span", { class: "number" }));
    this.buttons = pieces.map((piece, i) =>
      element("button", { type: "button", "aria-pressed": "false" }, [
        foreignText(piece),
        this.numbers[i],
      ]),
    );
    this.list = element(
      "ol",
      { class: name, "aria-label": `${name} pieces` },
      ...this.buttons.map((button) => element("li", {}, button)),
    );
  }

  /** @param {number | null} index */
  press(index) {
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(i === index));
    });
  }

  /**
   * Show what a piece of some side, or none, is connected with on this side.
   * @param {LineSide | null} side
   * @param {number} index
   */
  mark(side, index) {
    this.buttons.forEach((button, i) => {
      const weight = side === null || side === this ? 0 : side.weights[index][i];
      this.numbers[i].textContent = weight >= LEAST_WEIGHT ? percent(weight, 0) : "";
      button.classList.toggle("shown", side === this && i === index);
    });
  }

  /**
   * @param {number} index
   * @returns {(Node | string)[]}
   */
  sentence(index) {
    const others = largestFirst(this.others, this.weights[index], percent, LEAST_WEIGHT);
    const found = others.length ? others : ["no piece"];
    return [foreignText(this.pieces[index]), ` ${this.verb}`, ...found];
  }
}

/**
 * @param {number} sources
 * @param {number} targets
 * @param {number[][]} weights  [T][S]
 * @returns {SVGLineElement[]}
 */
function drawnLines(sources, targets, weights) {
  const height = (/** @type {number} */ i, /** @type {number} */ count) =>
    (100 * (i + 0.5)) / count;
  return weights.flatMap((row, t) =>
    row.flatMap((weight, s) => {
      if (weight < LEAST_WEIGHT) return [];
      const ends = { x1: 0, y1: height(s, sources), x2: 100, y2: height(t, targets) };
      const style = { "--v": weight.toFixed(3) };
      return [svgElement("line", { ...ends, style, dataset: { source: s, target: t } })];
    }),
  );
}
