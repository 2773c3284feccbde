/**
 * Inspection of a translation: the steps of the decoder, the influence of each source word, and the
 * tree of the search.
 *
 * Counterpart of seqcli/decoding/inspection.py, for a source that is read as a whole. The
 * translation may be made to begin with given tokens.
 */

import { rowOf } from "../model/tensors.js";
import { searchTree } from "../search/tree.js";
import { UNKNOWN } from "../text/tokenizer.js";
import { lower } from "../text/unicode.js";
import { END_TOKEN } from "../text/vocabulary.js";
import { findWords } from "../text/words.js";
import { SentenceDecoder } from "./decoder_steps.js";
import { groupPieces } from "./words.js";

/** @typedef {import("../types.js").DecoderStep} DecoderStep */
/** @typedef {import("../types.js").Inspection} Inspection */
/** @typedef {import("../model/tensors.js").Tensor} Tensor */
/** @typedef {import("../model/search_model.js").SearchModel} SearchModel */
/** @typedef {import("./text_processor.js").EncodedSource} EncodedSource */

const WORDS_PER_BATCH = 32; // source words whose influence is computed at once
// Words times steps; the influence of more is told later than the rest.
const MANY_INFLUENCES = 300;

/**
 * Translate a sentence and inspect the translation, whose first tokens are the prefix. Throws an
 * Error for a sentence in which nothing is to be translated. After each step of the model, it
 * yields. Of a long sentence, `tellEarly` is told the inspection before the influence of its words
 * has been measured, which takes by far the longest.
 * @param {import("./translator.js").Translator} translator
 * @param {string} sentence
 * @param {{beam: number, prefix: number[], tellEarly?: (inspection: Inspection) => void}} options
 * @returns {Generator<unknown, Inspection, void>}
 */
export function* inspect(translator, sentence, { beam, prefix, tellEarly }) {
  const { model, processor } = translator;
  const encoded = processor.encodeSource(sentence);
  if (encoded.isEmpty) {
    const reason = encoded.source.isForeign ? ": the model knows no word of this sentence" : "";
    throw new Error(`there is nothing to translate${reason}`);
  }
  /** @param {number} token */
  const pieceOf = (token) => processor.pieceName(encoded, token);
  const request = translator.searchRequest(encoded, prefix);
  const { best, tree } = yield* searchTree(model, request, beam, pieceOf);
  const translation = translator.toTranslation(sentence, encoded, best, prefix.length);
  const decoder = new SentenceDecoder(model, pieceOf, encoded.ids);
  const steps = yield* decoder.forcedSteps(best.tokens);
  const continuation = best.stoppedBy === "eos" ? yield* decoder.continuation() : [];
  const words = groupPieces(encoded.pieces.slice(0, -1));
  /** @type {Inspection} */
  const inspection = {
    model: translator.info,
    translation,
    main_state: model.stateNames.includes("cell") ? "cell" : "hidden",
    start: decoder.start,
    memory: decoder.memoryRows(),
    steps,
    continuation,
    words: words.map((word) => textOfPieces(encoded, word)),
    word_pieces: words,
    unknown: words.map((word) => isUnknown(encoded, word, processor.tokenizer.size)),
    influence: [],
    tree,
    given: prefix.length,
  };
  if (words.length * steps.length > MANY_INFLUENCES) tellEarly?.(inspection);
  inspection.influence = yield* measureInfluence(model, encoded.ids, words, steps);
  return inspection;
}

/**
 * How far the cell's state moves at each step, which writes the same piece, if a word is unknown:
 * [T+1][W]. The candidates of the steps get their log-probabilities without each word.
 * @param {SearchModel} model
 * @param {number[]} source
 * @param {number[][]} words
 * @param {DecoderStep[]} steps
 * @returns {Generator<void, number[][], void>}
 */
function* measureInfluence(model, source, words, steps) {
  /** @type {number[][]} */
  const influence = Array.from({ length: steps.length + 1 }, () => []);
  for (let first = 0; first < words.length; first += WORDS_PER_BATCH) {
    const batch = words.slice(first, first + WORDS_PER_BATCH);
    const masked = batch.map((word) => source.map((id, i) => (word.includes(i) ? UNKNOWN : id)));
    let { memory, state } = model.encode([...masked, source]);
    influence[0].push(...relativeDistances(model.stateNames, state));
    for (const [number, { candidates }] of steps.entries()) {
      const previous = number ? steps[number - 1].token : END_TOKEN;
      const output = model.step(new Array(batch.length + 1).fill(previous), memory, state);
      for (const { token, without } of candidates) {
        without.push(...batch.map((_, row) => rowOf(output.logProbabilities, row)[token]));
      }
      state = output.state;
      influence[number + 1].push(...relativeDistances(model.stateNames, state));
      yield;
    }
  }
  return influence;
}

/**
 * Distance of the cell's state in each row but the last from that in the last, relative to the norm
 * of the last: parts of [W+1,H] -> [W].
 * @param {string[]} names
 * @param {Tensor[]} state
 * @returns {number[]}
 */
function relativeDistances(names, state) {
  const parts = state.filter((_, i) => names[i] !== "context");
  const rows = Array.from({ length: parts[0].shape[0] }, (_, row) =>
    parts.flatMap((part) => [...rowOf(part, row)]),
  );
  const last = rows[rows.length - 1];
  const size = Math.max(Math.hypot(...last), 1e-12);
  return rows
    .slice(0, -1)
    .map((row) => Math.hypot(...row.map((value, unit) => value - last[unit])) / size);
}

/**
 * A word as it is spelled in its pieces.
 * @param {EncodedSource} encoded
 * @param {number[]} word  the indices of its pieces
 * @returns {string}
 */
function textOfPieces(encoded, word) {
  return word.map((i) => encoded.pieces[i]).join("");
}

/**
 * Whether a word was in no training source, or has pieces that the model does not know.
 * @param {EncodedSource} encoded
 * @param {number[]} word  the indices of its pieces
 * @param {number} pieces  the number of pieces of the tokenizer
 * @returns {boolean}
 */
function isUnknown(encoded, word, pieces) {
  if (word.some((i) => encoded.ids[i] % pieces === UNKNOWN)) return true;
  const unknown = new Set(encoded.source.unknown.map(lower));
  return findWords(textOfPieces(encoded, word)).some(({ text }) => unknown.has(lower(text)));
}
