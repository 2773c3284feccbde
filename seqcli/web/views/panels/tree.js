/**
 * The tree of the beam search: the winning path downwards, its alternatives indented. It can be
 * grown step by step.
 *
 * Counterpart: seqcli/views/panels/tree.py.
 */

import { element, replaceChildren } from "../dom.js";
import { pieceText } from "./panel.js";
import { Playback } from "./playback.js";
import { treeRows } from "./tree_rows.js";

const DESCRIPTIONS = {
  "": "",
  eos: "finished",
  limit: "cut off at the length limit",
  repetition: "cut off: repeats itself up to the length limit",
  pruned: "dropped from the beam",
  unfinished: "dropped: better translations had finished",
};

/** @type {import("./panel.js").Panel} */
export const treePanel = {
  name: "tree",
  title: "Beam search tree",
  caption:
    "the winning path, downwards; “or” below a row: an alternative to its first piece; numbers: " +
    "log-probability so far; score: its mean per piece",
  draw: drawTree,
};

/**
 * @param {import("../../types.js").Inspection} inspection
 * @param {import("./panel.js").PanelView} view
 * @returns {Node[]}
 */
function drawTree(inspection, view) {
  const rows = treeRows(inspection.tree);
  const last = rows.reduce((most, row) => Math.max(most, row.first + row.branches.length - 1), 0);
  const list = element("ul", { class: "tree" });
  const told = element("p", { class: "readout" });
  const { controls } = new Playback(view, {
    label: "Step of the search",
    key: "tree",
    last,
    start: last,
    show: (step) => {
      replaceChildren(list, ...rows.flatMap((row) => treeItem(row, step, last)));
      told.textContent = stepSentence(rows, step, last);
      return told.textContent;
    },
  });
  return [controls, told, list];
}

/**
 * What a step of the search does to its branches, in a sentence.
 * @param {import("./tree_rows.js").TreeRow[]} rows
 * @param {number} step
 * @param {number} last
 * @returns {string}
 */
function stepSentence(rows, step, last) {
  if (step === 0) return "Step 0: nothing is written yet.";
  const ended = rows.filter((row) => row.outcome && endStep(row) === step);
  const finished = ended.filter((row) => !isDropped(row)).length;
  const dropped = ended.filter(isDropped).length;
  const alive = rows.filter((row) => isAlive(row, step)).length;
  const parts = [`${alive} ${alive === 1 ? "branch" : "branches"} in the beam`];
  if (finished) parts.push(`${finished} ended`);
  if (dropped) parts.push(`${dropped} dropped`);
  return `Step ${step} of ${last}: ${parts.join(", ")}.`;
}

/**
 * @param {import("./tree_rows.js").TreeRow} row
 * @returns {boolean}
 */
function isDropped(row) {
  return row.outcome === "pruned" || row.outcome === "unfinished";
}

/**
 * The step at which a row ends: that of its last piece, or the one after it, at which others were
 * better.
 * @param {import("./tree_rows.js").TreeRow} row
 * @returns {number}
 */
function endStep(row) {
  return row.first + row.branches.length - (isDropped(row) ? 0 : 1);
}

/**
 * Whether a branch of a row is in the beam after a step.
 * @param {import("./tree_rows.js").TreeRow} row
 * @param {number} step
 * @returns {boolean}
 */
function isAlive(row, step) {
  if (step < row.first || step > row.first + row.branches.length - 1) return false;
  return !row.outcome || endStep(row) > step;
}

/**
 * A row as far as it has grown at a step; at the last step, all have ended.
 * @param {import("./tree_rows.js").TreeRow} row
 * @param {number} step
 * @param {number} last
 * @returns {HTMLElement[]}
 */
function treeItem(row, step, last) {
  if (step < row.first) return [];
  const grown = row.branches.slice(0, step - row.first + 1);
  const hasEnded = row.outcome !== "" && (step === last || endStep(row) <= step);
  const kind = row.best ? "best" : hasEnded && isDropped(row) ? "dead" : "";
  const place = row.best || row.alternative ? "" : " same-branch";
  const pieces = grown.flatMap((branch) => [pieceText(branch.piece), " "]);
  return [
    element(
      "li",
      { class: kind + place, style: { "--depth": row.depth } },
      row.best ? element("span", { class: "hidden" }, "winning path: ") : null,
      row.alternative ? element("span", { class: "note" }, "or ") : null,
      ...pieces,
      element("span", { class: "note" }, grown[grown.length - 1].log_probability.toFixed(2)),
      hasEnded ? element("span", { class: "outcome" }, ` ${description(row)}`) : null,
    ),
  ];
}

/**
 * The outcome in words, with the step, and the score if there is one.
 * @param {import("./tree_rows.js").TreeRow} row
 * @returns {string}
 */
function description(row) {
  const { score } = row.branches[row.branches.length - 1];
  const told = score === null ? "" : `, score ${score.toFixed(3)}`;
  const sign = row.best ? "✓ " : isDropped(row) ? "✗ " : "";
  return `${sign}${DESCRIPTIONS[row.outcome]} at step ${endStep(row)}${told}`;
}
