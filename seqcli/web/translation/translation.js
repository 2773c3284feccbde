/**
 * Translations that need no search: the counterparts of `unchanged` and `remembered` in
 * seqcli/decoding/translation.py.
 */

/** @typedef {import("../types.js").Translation} Translation */

/**
 * The translation of a sentence in which nothing is to be translated: the sentence, or nothing.
 * @param {string} sentence
 * @param {import("./text_processor.js").EncodedSource} encoded
 * @param {boolean} hasConfidence
 * @returns {Translation}
 */
export function unchanged(sentence, encoded, hasConfidence) {
  const { isForeign, text, unknown } = encoded.source;
  const confidence = unknown.length ? 0 : 1;
  return {
    ...unsearched(sentence, isForeign ? text : ""),
    unknown,
    foreign: isForeign,
    confidence: hasConfidence && isForeign ? confidence : null,
  };
}

/**
 * What a user has told as the translation of a text.
 * @param {string} text
 * @param {string} target
 * @param {boolean} hasConfidence
 * @returns {Translation}
 */
export function remembered(text, target, hasConfidence) {
  const confidence = hasConfidence ? 1 : null;
  return { ...unsearched(text, target), confidence, origin: "memory" };
}

/**
 * @param {string} source
 * @param {string} translation
 * @returns {Translation}
 */
export function unsearched(source, translation) {
  return {
    source,
    translation,
    score: 0,
    log_probability: 0,
    source_pieces: [],
    target_pieces: [],
    attention: null,
    stopped_by: "eos",
    cut: false,
    copied: [],
    missing: [],
    misplaced: [],
    unknown: [],
    dropped: "",
    foreign: false,
    confidence: null,
    origin: "model",
    match: null,
    log_probabilities: [],
    tokens: [],
  };
}
