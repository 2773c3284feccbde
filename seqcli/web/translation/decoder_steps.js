/**
 * The steps of a decoder that writes the translation of one sentence.
 *
 * Counterpart of seqcli/decoding/decoder_steps.py, for a source that is read as a whole.
 */

import { rowOf } from "../model/tensors.js";
import { bestContinuations } from "../search/candidates.js";
import { END_TOKEN, UNKNOWN_TOKEN } from "../text/vocabulary.js";

/** @typedef {import("../types.js").Candidate} Candidate */
/** @typedef {import("../types.js").DecoderStep} DecoderStep */
/** @typedef {import("../model/tensors.js").Tensor} Tensor */
/** @typedef {import("../model/search_model.js").SearchModel} SearchModel */
/** @typedef {ReturnType<SearchModel["stepWithGates"]>} StepOutput */

const CANDIDATES = 5;
const CONTINUATION_LENGTH = 8; // pieces

/** The decoder of a model, for one source. */
export class SentenceDecoder {
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
 * The most probable tokens, best first; equal ones in their order.
 * @param {Float32Array} scores  [V]
 * @param {number} count
 * @returns {number[]}
 */
function bestTokens(scores, count) {
  const matrix = { data: scores, shape: [1, scores.length] };
  return bestContinuations([0], matrix, count).map(({ token }) => token);
}
