/** Which source words speak for one candidate of a step, and which for another. */

import { element, foreignText, replaceChildren } from "../dom.js";
import { printable } from "../pieces.js";
import { grouped } from "../wording.js";
import { pieceText, shareBar, stillMeasured, wordNames } from "./panel.js";

const LEAST_SHIFT = 0.1; // of the log-odds, of a word that speaks for a candidate
const FULL_BAR = 1; // the least log-odds at which a bar is as long as can be

/**
 * @param {import("../../types.js").Inspection} inspection
 * @param {import("./panel.js").PanelView} view
 * @returns {Node[]}
 */
export function drawContrast(inspection, view) {
  const { steps } = inspection;
  if (!steps.length || !inspection.words.length) return [];
  const heading = element("h3", {}, "Why this piece and not another?");
  if (!inspection.influence.length) return [heading, stillMeasured()];
  const start = Math.min(view.kept.contrastStep ?? leastCertain(steps), steps.length - 1);
  const answer = element("div", { "aria-live": "polite" });
  const [step, one, other] = ["step", "one", "other"].map((name) =>
    element("select", { id: `${view.prefix}contrast-${name}`, dataset: { key: `why ${name}` } }),
  );
  step.append(...steps.map((each, i) => choice(i, `${i + 1}: ${printable(each.piece)}`)));
  step.value = String(start);
  const answerNow = () => {
    const { candidates } = steps[Number(step.value)];
    const pair = [one, other].map((select) => candidates[Number(select.value)]);
    replaceChildren(answer, ...contrastAnswer(inspection, pair[0], pair[1]));
  };
  const changeStep = () => {
    const chosen = steps[Number(step.value)];
    const { candidates } = chosen;
    for (const select of [one, other]) {
      replaceChildren(select, ...candidates.map((each, i) => choice(i, printable(each.piece))));
    }
    const written = candidates.findIndex((each) => each.token === chosen.token);
    one.value = String(written);
    other.value = String(written === 0 ? Math.min(1, candidates.length - 1) : 0);
    answerNow();
  };
  step.addEventListener("change", () => {
    view.kept.contrastStep = Number(step.value);
    changeStep();
  });
  for (const select of [one, other]) select.addEventListener("change", answerNow);
  changeStep();
  const question = element("p", { class: "question" });
  question.append(
    ...labelled("At step", step),
    ...labelled("why", one),
    ...labelled("and not", other),
  );
  return [heading, question, answer];
}

/**
 * @param {string} text
 * @param {HTMLSelectElement} select
 * @returns {Node[]}
 */
function labelled(text, select) {
  return [element("label", { for: select.id }, text), select];
}

/**
 * @param {number} value
 * @param {string} text
 * @returns {HTMLOptionElement}
 */
function choice(value, text) {
  return element("option", { value, dir: "auto" }, text);
}

/**
 * The step whose piece has the least probability, where the question is most of interest.
 * @param {import("../../types.js").DecoderStep[]} steps
 * @returns {number}
 */
function leastCertain(steps) {
  const probabilities = steps.map((step) => step.probability);
  return probabilities.indexOf(Math.min(...probabilities));
}

/**
 * How far the log-odds of one candidate against another fall if a word is unknown, for each word.
 * @param {import("../../types.js").Candidate} one
 * @param {import("../../types.js").Candidate} other
 * @returns {number[]}
 */
function contrastShifts(one, other) {
  const whole = one.log_probability - other.log_probability;
  return one.without.map((value, word) => whole - (value - other.without[word]));
}

/**
 * @param {import("../../types.js").Inspection} inspection
 * @param {import("../../types.js").Candidate} one
 * @param {import("../../types.js").Candidate} other
 * @returns {Node[]}
 */
function contrastAnswer(inspection, one, other) {
  if (one === other) return [element("p", {}, "Choose two different pieces.")];
  const shifts = contrastShifts(one, other);
  const names = wordNames(inspection);
  const full = Math.max(FULL_BAR, ...shifts.map(Math.abs));
  const rows = shifts.map((shift, word) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, foreignText(names[word])),
      element("td", { class: "for-other" }, shareBar(-shift / full)),
      element("td", { class: "for-one" }, shareBar(shift / full)),
      element("td", { class: "number" }, shift < 0 ? `÷ ${times(-shift)}` : `× ${times(shift)}`),
    ),
  );
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, "word"),
    element("th", { scope: "col", class: "for-other" }, "for ", pieceText(other.piece)),
    element("th", { scope: "col", class: "for-one" }, "for ", pieceText(one.piece)),
    element("th", { scope: "col", class: "number" }, "odds"),
  );
  return [
    element("p", {}, ...contrastSentence(names, shifts, one, other)),
    element(
      "table",
      { class: "contrast" },
      element("thead", {}, head),
      element("tbody", {}, ...rows),
    ),
    element(
      "p",
      { class: "caption" },
      "odds: by what the word multiplies or divides how many times as likely the one is as the " +
        "other; measured by making the word unknown",
    ),
  ];
}

/**
 * @param {string[]} names
 * @param {number[]} shifts
 * @param {import("../../types.js").Candidate} one
 * @param {import("../../types.js").Candidate} other
 * @returns {(Node | string)[]}
 */
function contrastSentence(names, shifts, one, other) {
  const odds = one.log_probability - other.log_probability;
  const [likely, unlikely] = odds < 0 ? [other, one] : [one, other];
  return [
    pieceText(likely.piece),
    ` is ${times(Math.abs(odds))} times as likely as `,
    pieceText(unlikely.piece),
    ". Words that speak for ",
    pieceText(one.piece),
    ...speakers(names, shifts),
    "; for ",
    pieceText(other.piece),
    ...speakers(
      names,
      shifts.map((shift) => -shift),
    ),
    ".",
  ];
}

/**
 * @param {string[]} names
 * @param {number[]} shifts
 * @returns {(Node | string)[]}
 */
function speakers(names, shifts) {
  const order = names.map((_, i) => i).filter((i) => shifts[i] >= LEAST_SHIFT);
  order.sort((a, b) => shifts[b] - shifts[a]);
  if (!order.length) return [": none"];
  return order.flatMap((i, place) => [place ? ", " : ": ", foreignText(names[i])]);
}

/**
 * A factor, given its logarithm, in as many digits as say something.
 * @param {number} logarithm
 * @returns {string}
 */
function times(logarithm) {
  const factor = Math.exp(logarithm);
  if (factor >= 1e6) return "more than a million";
  return factor < 9.95 ? factor.toFixed(1) : grouped(Math.round(factor));
}
