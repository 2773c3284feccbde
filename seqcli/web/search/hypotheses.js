/**
 * Hypotheses of a search: as the search keeps them, and as it returns them.
 *
 * Counterpart of seqcli/decoding/hypotheses.py.
 */

import { rowOf } from "../model/tensors.js";

/** @typedef {import("../model/tensors.js").Tensor} Tensor */
/** @typedef {"eos" | "limit" | "repetition"} StoppedBy */

/**
 * A translation as tokens. The last token is the end, except where nothing could be written after
 * a prefix and where a repetition was cut off. `lacking` is the number of counted tokens that it
 * should have and does not; `logProbabilities` are those of the tokens.
 * @typedef {object} Hypothesis
 * @property {number[]} tokens
 * @property {number} logProbability
 * @property {number} score
 * @property {Float32Array[] | null} weights  [T][S], null for a model without attention
 * @property {StoppedBy} stoppedBy
 * @property {number} lacking
 * @property {number[]} logProbabilities
 */

/**
 * One step of the search, for the rows that remain: the row in the step before, the token written,
 * and the log-probability of all tokens so far, each [R]; the weights [R,S] are of all rows of the
 * step before.
 * @typedef {{parents: number[], tokens: number[], totals: number[], weights: Tensor | null}} SearchStep
 */

/**
 * A finished hypothesis: the first `length` tokens of a row, with or without an end. `row` is a
 * row of the step that wrote the last of these tokens; of the start, if there is none.
 * @typedef {object} FinishedHypothesis
 * @property {number} lacking
 * @property {number} score
 * @property {number} logProbability
 * @property {number} length
 * @property {number} row
 * @property {boolean} withEnd
 * @property {StoppedBy} stoppedBy
 */

/**
 * The order of finished hypotheses: those that lack less, then those of a better score, come first.
 * @param {FinishedHypothesis} a
 * @param {FinishedHypothesis} b
 * @returns {number}
 */
export function compareFinished(a, b) {
  return (
    a.lacking - b.lacking ||
    b.score - a.score ||
    b.logProbability - a.logProbability ||
    b.length - a.length ||
    b.row - a.row
  );
}

/**
 * The hypothesis, read from its last token back to its first.
 * @param {SearchStep[]} history
 * @param {FinishedHypothesis} finished
 * @param {number} end
 * @returns {Hypothesis}
 */
export function traceHypothesis(history, finished, end) {
  const rows = rowsOf(history, finished.length, finished.row);
  const tokens = rows.map((row, step) => history[step].tokens[row]);
  const totals = rows.map((row, step) => history[step].totals[row]);
  const readers = rows.map((row, step) => history[step].parents[row]);
  if (finished.withEnd) {
    tokens.push(end);
    totals.push(finished.logProbability);
    readers.push(finished.row);
  }
  return {
    tokens,
    logProbability: finished.logProbability,
    score: finished.score,
    weights: history[0].weights && readers.map((row, step) => weightsOf(history[step], row)),
    stoppedBy: finished.stoppedBy,
    lacking: finished.lacking,
    logProbabilities: totals.map((total, i) => total - (i ? totals[i - 1] : 0)),
  };
}

/**
 * The rows that wrote the first tokens of a hypothesis, given the row that wrote the last of them.
 * @param {SearchStep[]} history
 * @param {number} length
 * @param {number} row
 * @returns {number[]}  [length]
 */
export function rowsOf(history, length, row) {
  const rows = new Array(length);
  for (let step = length - 1; step >= 0; step--) {
    rows[step] = row;
    row = history[step].parents[row];
  }
  return rows;
}

/**
 * The attention weights of a row, apart from those of the others.
 * @param {SearchStep} step
 * @param {number} row  of the step before
 * @returns {Float32Array}
 */
function weightsOf(step, row) {
  return rowOf(/** @type {Tensor} */ (step.weights), row).slice();
}

/**
 * Distinct hypotheses, best first: cutting repetitions may make two equal, or swap ranks.
 * @param {Hypothesis[]} hypotheses
 * @returns {Hypothesis[]}
 */
export function distinctHypotheses(hypotheses) {
  const ranked = [...hypotheses].sort(
    (a, b) =>
      Number(a.stoppedBy !== "eos") - Number(b.stoppedBy !== "eos") ||
      a.lacking - b.lacking ||
      b.score - a.score,
  );
  /** @type {Map<string, Hypothesis>} */
  const different = new Map();
  for (const hypothesis of ranked) {
    const key = hypothesis.tokens.join();
    if (!different.has(key)) different.set(key, hypothesis);
  }
  return [...different.values()];
}
