/**
 * Text to text: encode, search, decode.
 *
 * Counterpart of seqcli/decoding/translator.py and requests.py, with the default settings and for
 * one sentence at a time.
 */

import { allocatedSearch } from "../search/allocation.js";
import { beamSearch } from "../search/search.js";
import { END_TOKEN, UNKNOWN_TOKEN } from "../text/vocabulary.js";
import { confidenceOf } from "./confidence.js";
import { unchanged } from "./translation.js";

/** @typedef {import("../types.js").Translation} Translation */
/** @typedef {import("./text_processor.js").EncodedSource} EncodedSource */
/** @typedef {import("../search/hypotheses.js").Hypothesis} Hypothesis */
/** @typedef {import("../search/search.js").SearchRequest} SearchRequest */

// A sentence whose translation lacks what should be carried over is searched again, with a beam so
// many times as wide, but not made wider than the maximum: the time grows with its square.
const WIDER = 2;
const MAX_WIDER = 100;

// A translation may be this many pieces longer than its length ratio allows.
const LENGTH_MARGIN = 10;

// See MIN_PLACE_PROBABILITY in seqcli/decoding/translation.py.
const MIN_PLACE_PROBABILITY = 0.05;

/** A model and its text processor. */
export class Translator {
  /**
   * `maxLengthRatio` is the number of target pieces that a source piece may need; `confidence` are
   * the values that translations get theirs from (null: they have none); `memory` are the
   * translations that a user has told (see remembering.js, which looks them up); `info` describes
   * the network in an inspection.
   * @param {object} parts
   * @param {import("../model/search_model.js").SearchModel} parts.model
   * @param {import("./text_processor.js").TextProcessor} parts.processor
   * @param {number} parts.maxLengthRatio
   * @param {import("./confidence.js").ConfidenceValues | null} parts.confidence
   * @param {import("./remembering.js").TranslationMemory} parts.memory
   * @param {import("../types.js").Inspection["model"]} parts.info
   */
  constructor({ model, processor, maxLengthRatio, confidence, memory, info }) {
    this.model = model;
    this.processor = processor;
    this.maxLengthRatio = maxLengthRatio;
    this.confidence = confidence;
    this.memory = memory;
    this.info = info;
  }

  get hasConfidence() {
    return this.confidence !== null;
  }

  /**
   * The translations of a sentence, best first; a sentence in which nothing is to be translated has
   * one, which is unchanged. After each step of the search, the tokens so far are yielded: see
   * `partialText`.
   * @param {string} sentence
   * @param {{beam: number, nbest: number}} size  `nbest` widens a smaller beam
   * @returns {Generator<number[], Translation[], void>}
   */
  *translate(sentence, { beam, nbest }) {
    const encoded = this.processor.encodeSource(sentence);
    if (encoded.isEmpty) return [unchanged(sentence, encoded, this.hasConfidence)];
    const hypotheses = yield* this.search(encoded, { beam: Math.max(beam, nbest), nbest });
    return hypotheses.map((hypothesis) => this.toTranslation(sentence, encoded, hypothesis, 0));
  }

  /**
   * The text of the tokens that a search has written so far.
   * @param {string} sentence
   * @param {number[]} tokens
   * @returns {string}
   */
  partialText(sentence, tokens) {
    return this.processor.decode(this.processor.encodeSource(sentence), tokens, null).text;
  }

  /**
   * The search for translations of a source that begin with a prefix, which may be empty.
   * @param {EncodedSource} encoded
   * @param {number[]} prefix
   * @returns {SearchRequest}
   */
  searchRequest(encoded, prefix) {
    const symbols = this.processor.allSymbolTokens;
    const copied = this.processor.symbolTokens(encoded);
    const longest = Math.floor(this.maxLengthRatio * encoded.ids.length);
    return {
      source: encoded.ids,
      end: END_TOKEN,
      limit: longest + LENGTH_MARGIN + prefix.length,
      forbidden: copied.length ? [UNKNOWN_TOKEN] : [UNKNOWN_TOKEN, ...symbols],
      prefix,
      counted: copied.length ? symbols : [],
      counts: copied.length
        ? symbols.map((symbol) => copied.filter((token) => token === symbol).length)
        : [],
    };
  }

  /**
   * A hypothesis as a translation of a sentence, which is encoded. Its first tokens may be `given`.
   * @param {string} sentence
   * @param {EncodedSource} encoded
   * @param {Hypothesis} hypothesis
   * @param {number} given
   * @returns {Translation}
   */
  toTranslation(sentence, encoded, hypothesis, given) {
    const { tokens, weights, logProbabilities } = hypothesis;
    const decoded = this.processor.decode(encoded, tokens, weights);
    const misplaced = decoded.copies.filter(
      ({ target_piece: place }) =>
        place >= given && logProbabilities[place] < Math.log(MIN_PLACE_PROBABILITY),
    );
    /** @type {Translation} */
    const translation = {
      source: sentence,
      translation: decoded.text,
      score: hypothesis.score,
      log_probability: hypothesis.logProbability,
      source_pieces: encoded.pieces,
      target_pieces: decoded.pieces,
      attention: weights,
      stopped_by: hypothesis.stoppedBy,
      cut: encoded.cut,
      copied: decoded.copies,
      missing: decoded.missing,
      misplaced: misplaced.map(({ text }) => text),
      unknown: encoded.source.unknown,
      dropped: encoded.source.dropped,
      foreign: false,
      confidence: null,
      origin: "model",
      match: null,
      log_probabilities: logProbabilities,
      tokens,
    };
    if (this.confidence) {
      const unknownPieces = this.processor.countUnknown(encoded);
      translation.confidence = confidenceOf(this.confidence, translation, unknownPieces);
    }
    return translation;
  }

  /**
   * The best hypotheses of a source, found by a wider beam where they lack what should be carried
   * over.
   * @param {EncodedSource} encoded
   * @param {{beam: number, nbest: number}} size
   * @returns {Generator<number[], Hypothesis[], void>}
   */
  *search(encoded, { beam, nbest }) {
    const request = this.searchRequest(encoded, []);
    const found = yield* beamSearch(this.model, request, { beam, nbest });
    if (!found[0].lacking) return found;
    const wider = Math.max(beam, Math.min(WIDER * beam, MAX_WIDER));
    const others = yield* allocatedSearch(this.model, request, { beam: wider, nbest });
    return lacksLess(others[0], found[0]) ? others : found;
  }
}

/**
 * Whether a hypothesis ended by itself where another did not, or lacks less.
 * @param {Hypothesis} hypothesis
 * @param {Hypothesis} other
 * @returns {boolean}
 */
function lacksLess(hypothesis, other) {
  const ends = [hypothesis, other].map(({ stoppedBy }) => Number(stoppedBy === "eos"));
  return ends[0] === ends[1] ? hypothesis.lacking < other.lacking : ends[0] > ends[1];
}
