/**
 * Continuations of hypotheses: the best over all beams of a sentence.
 *
 * Counterpart of seqcli/decoding/candidates.py, for one sentence. Impossible continuations, those
 * of a score of -inf, are left out.
 */

import { rowOf } from "../model/tensors.js";

/** @typedef {import("../model/tensors.js").Tensor} Tensor */

/**
 * A token that continues a hypothesis. The parent is a row of the step before; the score is the
 * log-probability of all tokens so far.
 * @typedef {{score: number, parent: number, token: number}} Continuation
 */

/**
 * The best continuations over all rows [R], best first; equal scores in the order of row and token.
 * @param {number[]} scores  [R]
 * @param {Tensor} logProbabilities  [R,V]
 * @param {number} count  at most so many
 * @returns {Continuation[]}
 */
export function bestContinuations(scores, logProbabilities, count) {
  /** @type {Continuation[]} */
  const best = [];
  scores.forEach((score, row) => {
    addContinuations(best, count, row, score, rowOf(logProbabilities, row));
  });
  return best;
}

/**
 * The best continuations of a single row, best first.
 * @param {number[]} scores  [R]
 * @param {Tensor} logProbabilities  [R,V]
 * @param {number} row
 * @param {number} count
 * @returns {Continuation[]}
 */
export function bestOfRow(scores, logProbabilities, row, count) {
  /** @type {Continuation[]} */
  const best = [];
  addContinuations(best, count, row, scores[row], rowOf(logProbabilities, row));
  return best;
}

/**
 * The first `beam` candidates that do not end.
 * @param {Continuation[]} candidates
 * @param {number} end
 * @param {number} beam
 * @returns {Continuation[]}
 */
export function liveCandidates(candidates, end, beam) {
  return candidates.filter((candidate) => candidate.token !== end).slice(0, beam);
}

/**
 * Put the continuations of a row among the best so far. After the model, this loop takes most of
 * the time of a search, so it does nothing for a token that is not among the best.
 * @param {Continuation[]} best
 * @param {number} count
 * @param {number} row
 * @param {number} score
 * @param {Float32Array} logProbabilities  [V]
 */
function addContinuations(best, count, row, score, logProbabilities) {
  let least = best.length < count ? -Infinity : best[count - 1].score;
  for (let token = 0; token < logProbabilities.length; token++) {
    const total = Math.fround(score + logProbabilities[token]);
    if (!(total <= least)) {
      insertContinuation(best, { score: total, parent: row, token });
      best.length = Math.min(best.length, count);
      least = best.length < count ? -Infinity : best[count - 1].score;
    }
  }
}

/**
 * Put a continuation after those that have its score or a better one.
 * @param {Continuation[]} best
 * @param {Continuation} continuation
 */
function insertContinuation(best, continuation) {
  if (Number.isNaN(continuation.score)) {
    throw new Error(
      "the model's probabilities are not numbers (NaN): its weights are damaged; make the page again",
    );
  }
  let place = best.length;
  while (place > 0 && best[place - 1].score < continuation.score) place--;
  best.splice(place, 0, continuation);
}
