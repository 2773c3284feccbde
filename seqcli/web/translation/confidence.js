/**
 * Confidence: the chance that a translation is usable, from what its search found on the way.
 *
 * The port of seqcli/decoding/confidence.py.
 */

import { lengthOf } from "../text/unicode.js";

/** @typedef {import("../types.js").Translation} Translation */

/**
 * A logistic regression: what `Confidence.to_dict` writes.
 * @typedef {object} ConfidenceValues
 * @property {number} bias
 * @property {number} length_ratio
 * @property {Record<string, {weight: number, mean: number, scale: number}>} features
 */

// A log-probability below this counts as this.
const LOWEST_LOG_PROBABILITY = -30;
const LEAST_COVERAGE = 1e-3;

/**
 * The confidence in a translation of a text that is not blank, from 0 to 1.
 * @param {ConfidenceValues} values
 * @param {Translation} translation
 * @param {number} unknownPieces  of its source, which the tokenizer does not know
 * @returns {number}
 */
export function confidenceOf(values, translation, unknownPieces) {
  const found = confidenceFeatures(translation, unknownPieces, values.length_ratio);
  let total = values.bias;
  for (const [name, value] of Object.entries(found)) {
    const feature = values.features[name];
    // (Folders of older versions lack newer features.)
    if (feature) total += (feature.weight * (value - feature.mean)) / feature.scale;
  }
  return 1 / (1 + Math.exp(-Math.max(-50, Math.min(50, total))));
}

/**
 * What the confidence depends on: `Features` in seqcli/decoding/confidence.py, where each is
 * explained.
 * @param {Translation} translation
 * @param {number} unknownPieces
 * @param {number} lengthRatio  the expected number of target pieces per source piece
 * @returns {Record<string, number>}
 */
function confidenceFeatures(translation, unknownPieces, lengthRatio) {
  const given = translation.log_probabilities ?? [];
  const logProbabilities = (given.length ? given : [LOWEST_LOG_PROBABILITY]).map((each) =>
    Math.max(LOWEST_LOG_PROBABILITY, Math.min(0, each)),
  );
  const mean = sumOf(logProbabilities) / logProbabilities.length;
  const sourcePieces = translation.source_pieces.slice(0, -1);
  const length = sourcePieces.length;
  const ratio = logProbabilities.length / (length + 1);
  return {
    mean,
    surprise: Math.log(1e-3 - mean),
    least: logProbabilities.reduce((a, b) => Math.min(a, b)),
    unknown_pieces: unknownPieces / length,
    unknown_words: translation.unknown.length / length,
    pieces_per_character: length / Math.max(1, sumOf(sourcePieces.map(lengthOf))),
    ...attentionFeatures(translation.attention),
    length: Math.log(length),
    length_deviation: Math.abs(Math.log(ratio / lengthRatio)),
    faults: countFaults(translation),
  };
}

/**
 * The ways in which a translation may be incomplete, and its lost items. A misplaced item is none,
 * as `least` has its probability.
 * @param {Translation} translation
 * @returns {number}
 */
function countFaults({ stopped_by, cut, missing, foreign }) {
  const faults = [stopped_by !== "eos", cut, missing.length > 0, foreign];
  return faults.filter(Boolean).length + missing.length;
}

/**
 * The log of the least coverage of a source piece but the end, and the mean entropy of a row:
 * [T][S+1].
 * @param {ArrayLike<number>[] | null} weights
 * @returns {{least_coverage: number, entropy: number}}
 */
function attentionFeatures(weights) {
  if (weights === null || weights.length === 0) return { least_coverage: 0, entropy: 0 };
  const coverage = new Array(weights[0].length - 1).fill(0);
  let entropy = 0;
  for (const row of weights) {
    for (let column = 0; column < row.length; column++) {
      if (column < coverage.length) coverage[column] += row[column];
      entropy -= row[column] * Math.log(Math.max(row[column], 1e-12));
    }
  }
  const least = coverage.reduce((a, b) => Math.min(a, b), 1);
  return {
    least_coverage: Math.log(Math.max(LEAST_COVERAGE, least)),
    entropy: entropy / weights.length,
  };
}

/**
 * @param {number[]} numbers
 * @returns {number}
 */
function sumOf(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}
