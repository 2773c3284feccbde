/**
 * How much each source word influences the decoder's state.
 *
 * Counterpart: seqcli/views/panels/influence.py.
 */

import { foreignText } from "../dom.js";
import { heatTable } from "./heat_table.js";
import { inWords, largestFirst, pieceNames, START, stillMeasured, wordNames } from "./panel.js";

/** @type {import("./panel.js").Panel} */
export const influencePanel = {
  name: "influence",
  title: "Influence of each source word",
  caption:
    "how much the decoder's state would change if the word were unknown, relative to its size; a " +
    "stronger blue is larger (the shade is the square root)",
  draw: drawInfluence,
};

/**
 * @param {import("../../types.js").Inspection} inspection
 * @returns {Node[]}
 */
function drawInfluence(inspection) {
  const words = wordNames(inspection);
  const columns = [START, ...pieceNames(inspection.steps)];
  const { influence } = inspection;
  if (!influence.length) return [stillMeasured()];
  return [
    ...heatTable({
      label: "heat map of the influence of each source word on the decoder's state",
      rows: words,
      columns,
      values: words.map((_, word) => influence.map((row) => row[word])),
      shade: (value) => Math.sqrt(Math.min(Math.max(value, 0), 1)), // keeps small values visible
    }),
    inWords(
      columns.map((name, i) => [
        "state after ",
        foreignText(name),
        ": ",
        ...largestFirst(words, influence[i], (value) => value.toFixed(2)),
      ]),
    ),
  ];
}
