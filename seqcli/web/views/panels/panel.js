/**
 * What a panel of an inspection consists of, and what several panels draw.
 *
 * Counterpart: seqcli/views/panels/panel.py.
 */

import { element, foreignText } from "../dom.js";
import { printable } from "../pieces.js";

/**
 * What a person can do with an inspection that is made where it is shown.
 * @typedef {object} Actions
 * @property {(step: number, token: number) => void} choose  write another piece at a step
 */

/**
 * Where a panel is drawn: `prefix` begins its ids; `actions` are null where no model is at hand;
 * `kept` holds what was chosen in a panel, for the next inspection in the same place.
 * @typedef {{prefix: string, actions: Actions | null, kept: Record<string, number>}} PanelView
 */

/**
 * One part of an inspection. The title and the caption are text; `draw` makes its elements.
 * @typedef {object} Panel
 * @property {string} name
 * @property {string} title
 * @property {string} caption
 * @property {(inspection: import("../../types.js").Inspection, view: PanelView) => Node[]} draw
 */

export const START = "(start)";

/**
 * @param {import("../../types.js").DecoderStep[]} steps
 * @returns {string[]}
 */
export function pieceNames(steps) {
  return steps.map((step) => printable(step.piece));
}

/**
 * What stands in place of what depends on the influence of the words, until it has been measured.
 * @returns {HTMLElement}
 */
export function stillMeasured() {
  return element("p", { class: "dim" }, "The influence of each word is still measured…");
}

/**
 * The source words. A word that was unknown already has little influence, so it is marked.
 * @param {import("../../types.js").Inspection} inspection
 * @returns {string[]}
 */
export function wordNames(inspection) {
  return inspection.words.map(
    (word, i) => printable(word.replace(/^▁/, "")) + (inspection.unknown[i] ? " (unknown)" : ""),
  );
}

/**
 * @param {string} piece
 * @returns {HTMLElement}
 */
export function pieceText(piece) {
  return foreignText(printable(piece), { class: "piece" });
}

/**
 * A share in percent; one that would be rounded to 0 is said to be less than the last digit tells.
 * @param {number} share
 * @param {number} [digits]
 * @returns {string}
 */
export function percent(share, digits = 1) {
  const least = 10 ** -digits;
  return share > 0 && 100 * share < least / 2 ? `<${least}%` : `${(100 * share).toFixed(digits)}%`;
}

/**
 * A bar for a share from 0 to 1. The number stands beside it, so that no one needs to see it.
 * @param {number} share
 * @returns {HTMLElement}
 */
export function shareBar(share) {
  const style = { "--share": Math.min(Math.max(share, 0), 1).toFixed(4) };
  return element("span", { class: "bar", "aria-hidden": "true", style });
}

/**
 * What a picture shows in words, for those who cannot see it or want the numbers.
 * @param {(Node | string)[][]} lines
 * @returns {HTMLElement}
 */
export function inWords(lines) {
  const details = element("details", { class: "in-words" }, element("summary", {}, "In words"));
  // Made when it is opened: a long sentence has thousands of numbers.
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    details.append(element("ul", {}, ...lines.map((line) => element("li", {}, ...line))));
  });
  return details;
}

/**
 * The largest of some weights with their names, the largest first, as parts of a sentence.
 * @param {string[]} names
 * @param {ArrayLike<number>} weights
 * @param {(weight: number) => string} format
 * @param {number} [least]
 * @returns {(Node | string)[]}
 */
export function largestFirst(names, weights, format, least = 0.01) {
  const order = names.map((_, i) => i).filter((i) => weights[i] >= least);
  order.sort((a, b) => weights[b] - weights[a]);
  return order.flatMap((i, place) => [
    place ? ", " : "",
    foreignText(names[i]),
    ` ${format(weights[i])}`,
  ]);
}
