/**
 * A model that is searched: the encoder and the step. Its counterpart is `OnnxSearchModel` in
 * seqcli/decoding/runtime.py.
 *
 * B sentences, K beams, R = B·K rows, S source pieces, V tokens, H units.
 */

import { VectorTable } from "../text/word_vectors.js";
import { Graph } from "./graph.js";
import { vectorOf } from "./tensors.js";
import { makeConstants, readMatrices } from "./weights.js";

/** @typedef {import("./tensors.js").Tensor} Tensor */
/** @typedef {Record<string, Tensor>} Memory */

/**
 * What a step computes.
 * @typedef {{logProbabilities: Tensor, weights: Tensor | null, state: Tensor[]}} StepResult
 */

/**
 * The model of a folder, as Python writes it. `vectors` is the index of the matrix of word vectors
 * [N+1,D], if the model reads them beside its `pieces` pieces.
 * @typedef {object} ModelValues
 * @property {import("./graph.js").GraphValues} encoder
 * @property {import("./graph.js").GraphValues} step
 * @property {import("./weights.js").MatrixValues[]} matrices
 * @property {number[]} outputPieces
 * @property {number} pieces
 * @property {number | null} vectors
 */

const MEMORY_NAMES = ["values", "keys", "mask", "embeddings"];

/** The encoder and the step of a model. */
export class SearchModel {
  /**
   * @param {ModelValues} values
   * @param {Uint8Array<ArrayBuffer>} weights
   */
  constructor(values, weights) {
    const matrices = readMatrices(values.matrices, weights);
    const { encoder, step, outputPieces } = values;
    this.encoder = new Graph(encoder, makeConstants(encoder.constants, matrices, outputPieces));
    this.decoder = new Graph(step, makeConstants(step.constants, matrices, outputPieces));
    this.stateNames = encoder.outputs.filter((name) => !MEMORY_NAMES.includes(name));
    /** @type {VectorTable | null} */
    this.vectors = null;
    if (values.vectors !== null) {
      const size = values.matrices[values.vectors].shape[1];
      this.vectors = new VectorTable(matrices[values.vectors], size, values.pieces);
    }
  }

  /**
   * The memory of sources of one length [B,S], given as ids with their ends, and the first state.
   * @param {number[][]} sources
   * @returns {{memory: Memory, state: Tensor[]}}
   */
  encode(sources) {
    const shape = [sources.length, sources[0].length];
    const ids = sources.flat();
    /** @type {Record<string, Tensor>} */
    const inputs = {
      source: { data: Float32Array.from(ids), shape },
      lengths: vectorOf(sources.map((source) => source.length)),
    };
    if (this.vectors) {
      const { pieces, vectors } = this.vectors.lookUp(ids);
      inputs.source.data.set(pieces);
      inputs.vectors = { data: vectors, shape: [...shape, this.vectors.dimensions] };
    }
    const outputs = this.encoder.run(inputs);
    const names = Object.keys(outputs).filter((name) => MEMORY_NAMES.includes(name));
    const memory = Object.fromEntries(names.map((name) => [name, outputs[name]]));
    return { memory, state: this.stateNames.map((name) => outputs[name]) };
  }

  /**
   * What the encoder holds of each source piece: [B,S,H].
   * @param {Memory} memory
   * @returns {Tensor}
   */
  valuesOf(memory) {
    return memory.values;
  }

  /**
   * Previous tokens [R], the memory of B sentences, the state of R rows -> log-probabilities [R,V],
   * attention weights [R,S] (null without attention), the next state.
   * @param {number[]} previous
   * @param {Memory} memory
   * @param {Tensor[]} state
   * @returns {StepResult}
   */
  step(previous, memory, state) {
    return this.stepWithGates(previous, memory, state);
  }

  /**
   * Like `step`, and the cell's gates and the candidate that they let in, by name, each [R,H].
   * @param {number[]} previous
   * @param {Memory} memory
   * @param {Tensor[]} state
   * @returns {StepResult & {gates: Record<string, Tensor>}}
   */
  stepWithGates(previous, memory, state) {
    const states = Object.fromEntries(this.stateNames.map((name, i) => [name, state[i]]));
    const outputs = this.decoder.run({ ...memory, ...states, previous: vectorOf(previous) });
    const gates = Object.entries(outputs)
      .filter(([name]) => name.startsWith("gate."))
      .map(([name, gate]) => [name.slice("gate.".length), gate]);
    return {
      logProbabilities: outputs.log_probabilities,
      weights: outputs.weights ?? null,
      state: this.stateNames.map((name) => outputs[`next_${name}`]),
      gates: Object.fromEntries(gates),
    };
  }
}
