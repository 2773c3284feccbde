/**
 * Attention weights: as lines between source and target, and as a heat map.
 *
 * Counterpart: seqcli/views/panels/attention.py.
 */

import { element } from "../dom.js";
import { printable } from "../pieces.js";
import { attentionLines } from "./attention_lines.js";
import { heatTable } from "./heat_table.js";
import { inWords, largestFirst, percent, pieceNames, pieceText } from "./panel.js";

const NO_ATTENTION = "No attention: the decoder gets the whole sentence as one vector.";
const NOT_HEARD = "not heard yet when the piece was written";

/** @type {import("./panel.js").Panel} */
export const attentionPanel = {
  name: "attention",
  title: "Attention",
  caption: "where the decoder looks in the source when it writes a piece; a stronger line is more",
  draw: drawAttention,
};

/**
 * @param {import("../../types.js").Inspection} inspection
 * @returns {Node[]}
 */
function drawAttention(inspection) {
  if (inspection.translation.attention === null) return [element("p", {}, NO_ATTENTION)];
  const sources = inspection.translation.source_pieces.map(printable);
  const targets = pieceNames(inspection.steps);
  const weights = heardWeights(inspection);
  const isStaircase = weights.some((row) => row.includes(null));
  const lines = element("div", {}, ...attentionLines(sources, targets, weights));
  const heatMap = [
    element("h3", {}, "As a heat map"),
    element(
      "p",
      { class: "caption" },
      "source pieces down, target pieces across; a stronger blue is larger",
      isStaircase ? `; hatched: ${NOT_HEARD}` : "",
    ),
    ...heatTable({
      label: "heat map of the attention weights",
      rows: sources,
      columns: targets,
      values: sources.map((_, source) => weights.map((row) => row[source])),
      shade: (value) => value,
    }),
    inWords(
      inspection.steps.map((step, i) => [
        pieceText(step.piece),
        " looks at ",
        ...largestFirst(
          sources,
          weights[i].map((weight) => weight ?? 0),
          percent,
        ),
      ]),
    ),
  ];
  return [element("div", { class: "side-by-side" }, lines, element("div", {}, ...heatMap))];
}

/**
 * The weights [T][S], with null for the pieces that had not been heard.
 * @param {import("../../types.js").Inspection} inspection
 * @returns {(number | null)[][]}
 */
function heardWeights(inspection) {
  return inspection.steps.map((step) =>
    Array.from(step.weights ?? [], (weight, i) => (i < step.heard ? weight : null)),
  );
}
