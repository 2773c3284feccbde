/**
 * The layers of the encoder: ONNX's operators RNN, GRU and LSTM
 * (https://onnx.ai/onnx/operators/onnx__LSTM.html), with their default activations.
 *
 * S positions, B sentences, D directions, I inputs, H units of a direction, G blocks of weights.
 */

import { multiply } from "./products.js";
import { rowOf, zeros } from "./tensors.js";

/** @typedef {import("./tensors.js").Tensor} Tensor */

/**
 * The weights of one direction: W [G·H,I], R [G·H,H], the sum of both biases [G·H], and the
 * peepholes [3·H] of an LSTM. (The biases of a GRU's candidate may be added because our graphs do
 * not use `linear_before_reset`, with which the reset gate would multiply one of them.)
 * @typedef {object} DirectionWeights
 * @property {Float32Array} inputs
 * @property {Float32Array} recurrent
 * @property {Float32Array} bias
 * @property {Float32Array | null} peepholes
 * @property {number} hidden
 */

/**
 * A layer: X [S,B,I], W [D,G·H,I], R [D,G·H,H], b [D,2·G·H], lengths [B], peepholes [D,3·H] or none
 * -> the states [S,D,B,H], 0 beyond the lengths, and the last states [D,B,H].
 * @param {"RNN" | "GRU" | "LSTM"} operator
 * @param {Tensor[]} inputs  undefined where one is left out
 * @param {import("./operators.js").Attributes} attributes
 * @returns {Tensor[]}
 */
export function recurrentLayer(operator, inputs, attributes) {
  const [x, w, r, b, lengths, , , peepholes] = inputs;
  const [positions, sentences, size] = x.shape;
  const hidden = attributes.hidden_size;
  const directions = attributes.direction === "bidirectional" ? 2 : 1;
  const states = zeros([positions, directions, sentences, hidden]);
  const last = zeros([directions, sentences, hidden]);
  for (let direction = 0; direction < directions; direction++) {
    const weights = directionWeights(direction, hidden, w, r, b, peepholes);
    const width = weights.bias.length;
    const projected = multiply(x.data, weights.inputs, positions * sentences, size, width);
    for (let sentence = 0; sentence < sentences; sentence++) {
      runDirection(operator, weights, projected, {
        length: lengths.data[sentence],
        backward: direction === 1,
        rowOf: (position) => position * sentences + sentence,
        write: (position, state) => {
          states.data.set(
            state,
            ((position * directions + direction) * sentences + sentence) * hidden,
          );
        },
        finish: (state) => last.data.set(state, (direction * sentences + sentence) * hidden),
      });
    }
  }
  return [states, last];
}

/**
 * @param {number} direction
 * @param {number} hidden
 * @param {Tensor} w
 * @param {Tensor} r
 * @param {Tensor} b
 * @param {Tensor | undefined} peepholes
 * @returns {DirectionWeights}
 */
function directionWeights(direction, hidden, w, r, b, peepholes) {
  const width = w.shape[1];
  const both = rowOf(b, direction);
  return {
    inputs: rowOf(w, direction),
    recurrent: rowOf(r, direction),
    bias: both.slice(0, width).map((value, i) => value + both[width + i]),
    peepholes: peepholes ? rowOf(peepholes, direction) : null,
    hidden,
  };
}

/**
 * Run a direction over one sentence.
 * @param {"RNN" | "GRU" | "LSTM"} operator
 * @param {DirectionWeights} weights
 * @param {Float32Array} projected  W x [S·B,G·H]
 * @param {{length: number, backward: boolean, rowOf: (position: number) => number,
 *   write: (position: number, state: Float32Array) => void,
 *   finish: (state: Float32Array) => void}} sentence
 */
function runDirection(operator, weights, projected, sentence) {
  const { hidden, bias } = weights;
  const width = bias.length;
  const state = new Float32Array(hidden);
  const cell = new Float32Array(hidden);
  const x = new Float32Array(width);
  for (let step = 0; step < sentence.length; step++) {
    const position = sentence.backward ? sentence.length - 1 - step : step;
    const start = sentence.rowOf(position) * width;
    for (let i = 0; i < width; i++) {
      x[i] = projected[start + i] + bias[i];
    }
    RECURRENT_STEPS[operator](weights, x, state, cell);
    sentence.write(position, state);
  }
  sentence.finish(state);
}

/**
 * One step of each operator: W x + b [G·H], the state and the cell [H], which change in place.
 * @type {Record<string, (weights: DirectionWeights, x: Float32Array, state: Float32Array,
 *   cell: Float32Array) => void>}
 */
const RECURRENT_STEPS = {
  RNN(weights, x, state) {
    const r = multiply(state, weights.recurrent, 1, weights.hidden, x.length);
    for (let i = 0; i < state.length; i++) {
      state[i] = Math.tanh(x[i] + r[i]);
    }
  },

  GRU(weights, x, state) {
    const hidden = weights.hidden;
    const gates = weights.recurrent.subarray(0, 2 * hidden * hidden);
    const r = multiply(state, gates, 1, hidden, 2 * hidden);
    const update = new Float32Array(hidden);
    const kept = new Float32Array(hidden);
    for (let i = 0; i < hidden; i++) {
      update[i] = sigmoid(x[i] + r[i]);
      kept[i] = sigmoid(x[hidden + i] + r[hidden + i]) * state[i];
    }
    const candidate = weights.recurrent.subarray(2 * hidden * hidden);
    const c = multiply(kept, candidate, 1, hidden, hidden);
    for (let i = 0; i < hidden; i++) {
      const value = Math.tanh(x[2 * hidden + i] + c[i]);
      state[i] = (1 - update[i]) * value + update[i] * state[i];
    }
  },

  LSTM(weights, x, state, cell) {
    const { hidden, peepholes } = weights;
    const r = multiply(state, weights.recurrent, 1, hidden, x.length);
    // ONNX's order of blocks is input, output, forget, candidate; of peepholes the first three.
    for (let i = 0; i < hidden; i++) {
      const see = (/** @type {number} */ block, /** @type {number} */ value) =>
        peepholes ? peepholes[block * hidden + i] * value : 0;
      const input = sigmoid(x[i] + r[i] + see(0, cell[i]));
      const forget = sigmoid(x[2 * hidden + i] + r[2 * hidden + i] + see(2, cell[i]));
      const candidate = Math.tanh(x[3 * hidden + i] + r[3 * hidden + i]);
      cell[i] = forget * cell[i] + input * candidate;
      const output = sigmoid(x[hidden + i] + r[hidden + i] + see(1, cell[i]));
      state[i] = output * Math.tanh(cell[i]);
    }
  },
};

/**
 * @param {number} value
 * @returns {number}
 */
export function sigmoid(value) {
  return 1 / (1 + Math.exp(-value));
}
