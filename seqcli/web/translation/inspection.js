/**
 * Inspection of a translation: the decoder's weights, states, gates and candidates at each step.
 *
 * Counterpart of seqcli/decoding/inspection.py, for a source that is read as a whole. The
 * translation may be made to begin with given tokens.
 */

import { rowOf } from "../model/tensors.js";
import { bestContinuations } from "../search/candidates.js";
import { searchTree } from "../search/tree.js";
import { UNKNOWN } from "../text/tokenizer.js";
import { lower } from "../text/unicode.js";
import { END_TOKEN, UNKNOWN_TOKEN } from "../text/vocabulary.js";
import { findWords } from "../text/words.js";
import { groupPieces } from "./words.js";

/** @typedef {import("../types.js").Candidate} Candidate */
/** @typedef {import("../types.js").DecoderStep} DecoderStep */
/** @typedef {import("../types.js").Inspection} Inspection */
/** @typedef {import("../model/tensors.js").Tensor} Tensor */
/** @typedef {import("../model/search_model.js").SearchModel} SearchModel */
/** @typedef {ReturnType<SearchModel["stepWithGates"]>} StepOutput */
/** @typedef {import("./text_processor.js").EncodedSource} EncodedSource */

const CANDIDATES = 5;
const CONTINUATION_LENGTH = 8; // pieces
const WORDS_PER_BATCH = 32; // source words whose influence is computed at once

/**
 * Translate a sentence and inspect the translation, whose first tokens are the prefix. Throws an
 * Error for a sentence in which nothing is to be translated. After each step of the model, it
 * yields.
 * @param {import("./translator.js").Translator} translator
 * @param {string} sentence
 * @param {{beam: number, prefix: number[]}} options
 * @returns {Generator<unknown, Inspection, void>}
 */
export function* inspect(translator, sentence, { beam, prefix }) {
  const { model, processor } = translator;
  const encoded = processor.encodeSource(sentence);
  if (encoded.isEmpty) throw new Error("there is nothing to translate");
  /** @param {number} token */
  const pieceOf = (token) => processor.pieceName(encoded, token);
  const request = translator.searchRequest(encoded, prefix);
  const { best, tree } = yield* searchTree(model, request, beam, pieceOf);
  const translation = translator.toTranslation(sentence, encoded, best, prefix.length);
  const decoder = new SentenceDecoder(model, pieceOf, encoded.ids);
  const steps = yield* decoder.forcedSteps(best.tokens);
  const continuation = best.stoppedBy === "eos" ? yield* decoder.continuation() : [];
  const words = groupPieces(encoded.pieces.slice(0, -1));
  const influence = yield* measureInfluence(model, encoded.ids, words, steps);
  return {
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
    influence,
    tree,
    given: prefix.length,
  };
}

/** The decoder of a model, for one source. */
class SentenceDecoder {
  /**
   * @param {SearchModel} model
   * @param {(token: number) => string} pieceOf
   * @param {number[]} source
   */
  constructor(model, pieceOf, source) {
    this.model = model;
    this.pieceOf = pieceOf;
    this.length = source.length;
    const { memory, state } = model.encode([source]);
    this.memory = memory;
    this.start = this.named(state);
    this.output = this.run(END_TOKEN, state);
  }

  /**
   * What the encoder holds of each source piece: [S][H].
   * @returns {Float32Array[]}
   */
  memoryRows() {
    const { data, shape } = this.model.valuesOf(this.memory);
    const matrix = { data, shape: shape.slice(1) };
    return Array.from({ length: this.length }, (_, piece) => rowOf(matrix, piece).slice());
  }

  /**
   * The steps that write the given tokens.
   * @param {number[]} tokens
   * @returns {Generator<void, DecoderStep[], void>}
   */
  *forcedSteps(tokens) {
    const steps = [];
    for (const token of tokens) {
      if (steps.length) this.output = this.run(tokens[steps.length - 1], this.output.state);
      steps.push(this.step(token));
      yield;
    }
    return steps;
  }

  /**
   * The steps of greedy decoding with the end forbidden, in place of the last step.
   * @returns {Generator<void, DecoderStep[], void>}
   */
  *continuation() {
    const steps = [];
    while (steps.length < CONTINUATION_LENGTH) {
      const allowed = this.output.logProbabilities.data.slice();
      allowed[END_TOKEN] = allowed[UNKNOWN_TOKEN] = -Infinity;
      const [token] = bestTokens(allowed, 1);
      steps.push(this.step(token));
      this.output = this.run(token, this.output.state);
      yield;
    }
    return steps;
  }

  /**
   * @param {number} previous
   * @param {Tensor[]} state
   * @returns {StepOutput}
   */
  run(previous, state) {
    return this.model.stepWithGates([previous], this.memory, state);
  }

  /**
   * The last step, which writes a token.
   * @param {number} token
   * @returns {DecoderStep}
   */
  step(token) {
    const { logProbabilities, weights, state, gates } = this.output;
    const scores = logProbabilities.data;
    const best = bestTokens(scores, CANDIDATES);
    const shown = best.includes(token) ? best : [...best, token];
    return {
      piece: this.pieceOf(token),
      token,
      probability: Math.exp(scores[token]),
      end: Math.exp(scores[END_TOKEN]),
      candidates: shown.map((each) => this.candidate(each, scores[each])),
      weights: weights ? weights.data : null,
      heard: this.length,
      state: this.named(state),
      gates: Object.fromEntries(Object.entries(gates).map(([name, gate]) => [name, gate.data])),
    };
  }

  /**
   * @param {number} token
   * @param {number} logProbability
   * @returns {Candidate}
   */
  candidate(token, logProbability) {
    return {
      piece: this.pieceOf(token),
      token,
      probability: Math.exp(logProbability),
      log_probability: logProbability,
      without: [],
    };
  }

  /**
   * The parts of a state of one row, by name.
   * @param {Tensor[]} state
   * @returns {Record<string, Float32Array>}
   */
  named(state) {
    return Object.fromEntries(state.map(({ data }, i) => [this.model.stateNames[i], data]));
  }
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
 * The most probable tokens, best first; equal ones in their order.
 * @param {Float32Array} scores  [V]
 * @param {number} count
 * @returns {number[]}
 */
function bestTokens(scores, count) {
  const matrix = { data: scores, shape: [1, scores.length] };
  return bestContinuations([0], matrix, count).map(({ token }) => token);
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
