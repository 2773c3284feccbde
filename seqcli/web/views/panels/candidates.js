/**
 * The most probable pieces of each step.
 *
 * Counterpart: seqcli/views/panels/candidates.py.
 */

import { element } from "../dom.js";
import { drawContrast } from "./contrast.js";
import { drawNearest } from "./nearest.js";
import { percent, pieceText } from "./panel.js";

const HOW_TO_CHOOSE_PIECE = "Tap a piece: it is written there, and the rest is written anew.";

/** @type {import("./panel.js").Panel} */
export const candidatesPanel = {
  name: "candidates",
  title: "Candidates",
  caption: "the piece written at each step, its probability, and the likeliest alternatives",
  draw: drawCandidates,
};

/**
 * @param {import("../../types.js").Inspection} inspection
 * @param {import("./panel.js").PanelView} view
 * @returns {Node[]}
 */
function drawCandidates(inspection, view) {
  const rows = inspection.steps.map((step, i) => candidateRow(inspection, i, step, view.actions));
  return [
    ...(view.actions ? [element("p", {}, HOW_TO_CHOOSE_PIECE)] : []),
    element("ol", { class: "steps" }, ...rows),
    ...drawContrast(inspection, view),
    ...drawNearest(inspection),
  ];
}

/**
 * @param {import("../../types.js").Inspection} inspection
 * @param {number} index
 * @param {import("../../types.js").DecoderStep} step
 * @param {import("./panel.js").Actions | null} actions
 * @returns {HTMLElement}
 */
function candidateRow(inspection, index, step, actions) {
  const chips = step.candidates.map((candidate) =>
    element("li", {}, candidateChip(index, candidate, candidate.token === step.token, actions)),
  );
  return element(
    "li",
    {},
    element("span", { class: "step-number" }, String(index + 1)),
    element("strong", {}, pieceText(step.piece)),
    element("span", { class: "number" }, percent(step.probability)),
    index < inspection.given ? element("span", { class: "given" }, "given") : null,
    element("ul", { class: "chips", "aria-label": `candidates of step ${index + 1}` }, ...chips),
  );
}

/**
 * @param {number} step
 * @param {import("../../types.js").Candidate} candidate
 * @param {boolean} isWritten
 * @param {import("./panel.js").Actions | null} actions
 * @returns {HTMLElement}
 */
function candidateChip(step, candidate, isWritten, actions) {
  const style = { "--v": candidate.probability.toFixed(2) };
  const content = [pieceText(candidate.piece), ` ${percent(candidate.probability)}`];
  if (!actions) {
    const written = isWritten ? element("span", { class: "hidden" }, " (written)") : null;
    const kind = isWritten ? "chip chosen" : "chip";
    return element("span", { class: kind, style }, ...content, written);
  }
  const attributes = {
    type: "button",
    class: isWritten ? "chip chosen" : "chip",
    "aria-pressed": String(isWritten),
    dataset: { key: `candidate ${step} ${candidate.token}` },
    style,
    onclick: () => actions.choose(step, candidate.token),
  };
  return element("button", attributes, ...content);
}
