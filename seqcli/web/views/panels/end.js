/**
 * The probability of the end of the sentence at each step.
 *
 * Counterpart: seqcli/views/panels/end.py.
 */

import { element } from "../dom.js";
import { percent, pieceText, shareBar } from "./panel.js";

/** @type {import("./panel.js").Panel} */
export const endPanel = {
  name: "end",
  title: "Probability of the end",
  caption:
    "how probable it is at each step that the sentence ends, and what would follow if it did not",
  draw: drawEnd,
};

/**
 * @param {import("../../types.js").Inspection} inspection
 * @returns {Node[]}
 */
function drawEnd(inspection) {
  const { steps, continuation } = inspection;
  const nodes = [endTable(steps, 1)];
  if (continuation.length) {
    nodes.push(element("h3", {}, "Continuation with the end ignored"));
    nodes.push(endTable(continuation, steps.length));
  }
  return nodes;
}

/**
 * @param {import("../../types.js").DecoderStep[]} steps
 * @param {number} first  the number of the first step
 * @returns {HTMLElement}
 */
function endTable(steps, first) {
  const titles = ["step", "piece", "p(end)"].map((title) => element("th", { scope: "col" }, title));
  const rows = steps.map((step, i) =>
    element(
      "tr",
      {},
      element("td", { class: "number" }, String(first + i)),
      element("td", {}, pieceText(step.piece)),
      element("td", { class: "number" }, percent(step.end, 2)),
      element("td", { class: "bar-cell" }, shareBar(step.end)),
    ),
  );
  return element(
    "table",
    { class: "end" },
    element("thead", {}, element("tr", {}, ...titles, element("td"))),
    element("tbody", {}, ...rows),
  );
}
