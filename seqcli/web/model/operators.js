/**
 * The operators of our graphs (https://onnx.ai/onnx/operators/): those that `seqcli.export` writes
 * and `seqcli.storage.operators` accepts, and no others.
 */

import { broadcastShape, forEachRow } from "./broadcasting.js";
import { multiply, multiplyBatches } from "./products.js";
import { recurrentLayer, sigmoid } from "./recurrent.js";
import { copyRows, sizeOf, vectorOf, zeros } from "./tensors.js";

/** @typedef {import("./tensors.js").Tensor} Tensor */

/**
 * The attributes that are read. A node has those of its operator.
 * @typedef {{hidden_size: number, direction: string, perm: number[]}} Attributes
 */

/**
 * The results of an operator, given its inputs (undefined where one is left out), its attributes
 * and the number of its results.
 * @typedef {(inputs: Tensor[], attributes: Attributes, results: number) => Tensor[]} Operator
 */

/**
 * @param {(value: number) => number} compute
 * @returns {Operator}
 */
function unary(compute) {
  return ([{ data, shape }]) => {
    const result = new Float32Array(data.length);
    for (let i = 0; i < data.length; i++) {
      result[i] = compute(data[i]);
    }
    return [{ data: result, shape }];
  };
}

/**
 * @param {(one: number, other: number) => number} compute
 * @returns {Operator}
 */
function binary(compute) {
  return ([one, other]) => {
    const shape = broadcastShape(one.shape, other.shape);
    const result = new Float32Array(sizeOf(shape));
    if (one.data.length === result.length && other.data.length === result.length) {
      for (let i = 0; i < result.length; i++) {
        result[i] = compute(one.data[i], other.data[i]);
      }
      return [{ data: result, shape }];
    }
    forEachRow(shape, [one.shape, other.shape], (place, [a, b], length, [stepA, stepB]) => {
      for (let i = 0; i < length; i++) {
        result[place + i] = compute(one.data[a + i * stepA], other.data[b + i * stepB]);
      }
    });
    return [{ data: result, shape }];
  };
}

/**
 * @param {(row: Float32Array) => void} compute  changes a row in place
 * @returns {Operator}
 */
function overRows(compute) {
  return ([{ data, shape }]) => {
    const result = data.slice();
    const width = shape[shape.length - 1];
    for (let start = 0; start < result.length; start += width) {
      compute(result.subarray(start, start + width));
    }
    return [{ data: result, shape }];
  };
}

/** @param {Float32Array} row */
function softmaxRow(row) {
  const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    row[i] = Math.exp(row[i] - most);
    sum += row[i];
  }
  for (let i = 0; i < row.length; i++) {
    row[i] /= sum;
  }
}

/** @param {Float32Array} row */
function logSoftmaxRow(row) {
  const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    sum += Math.exp(row[i] - most);
  }
  const log = Math.log(sum);
  for (let i = 0; i < row.length; i++) {
    row[i] = row[i] - most - log; // in this order, as the sum of the two may be rounded to one
  }
}

/** @param {Float32Array} row */
function normalizeRow(row) {
  const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  for (let i = 0; norm > 0 && i < row.length; i++) {
    row[i] /= norm;
  }
}

/** @type {Operator} */
function concatenate(inputs) {
  const shape = inputs[0].shape.slice(0, -1);
  const widths = inputs.map((input) => input.shape[input.shape.length - 1]);
  const result = zeros([...shape, widths.reduce((sum, width) => sum + width, 0)]);
  let place = 0;
  for (let row = 0; row < sizeOf(shape); row++) {
    inputs.forEach(({ data }, i) => {
      result.data.set(data.subarray(row * widths[i], (row + 1) * widths[i]), place);
      place += widths[i];
    });
  }
  return [result];
}

/** @type {Operator} */
function split([input, sizes], _, results) {
  const outer = input.shape.slice(0, -1);
  const width = input.shape[input.shape.length - 1];
  const widths = sizes ? [...sizes.data] : new Array(results).fill(width / results);
  const parts = widths.map((each) => zeros([...outer, each]));
  let place = 0;
  for (let row = 0; row < sizeOf(outer); row++) {
    for (const [i, part] of parts.entries()) {
      part.data.set(input.data.subarray(place, place + widths[i]), row * widths[i]);
      place += widths[i];
    }
  }
  return parts;
}

/** @type {Operator} */
function gather([table, index]) {
  const inner = table.shape.slice(1);
  const data = copyRows(table.data, index.data, sizeOf(inner));
  return [{ data, shape: [...index.shape, ...inner] }];
}

/** @type {Operator} */
function matrixProduct([one, other]) {
  const inputs = one.shape[one.shape.length - 1];
  const outputs = other.shape[other.shape.length - 1];
  const shape = [...one.shape.slice(0, -1), outputs];
  if (other.transposed) {
    const rows = sizeOf(one.shape) / inputs;
    return [{ data: multiply(one.data, other.data, rows, inputs, outputs), shape }];
  }
  const [batches, rows] = one.shape;
  return [{ data: multiplyBatches(one.data, other.data, [batches, rows, inputs, outputs]), shape }];
}

/**
 * Round to 8 bits: x / scale + zero, from 0 to 255, ties to the even number.
 * @type {Operator}
 */
function quantize([x, scale, zero]) {
  const result = zeros(x.shape);
  // A sum with this has no bits left for a fraction.
  const roundsOff = 1.5 * 2 ** 52;
  for (let i = 0; i < x.data.length; i++) {
    const rounded = Math.fround(x.data[i] / scale.data[0]) + roundsOff - roundsOff;
    result.data[i] = Math.min(255, Math.max(0, rounded + zero.data[0]));
  }
  return [result];
}

/**
 * (x - zero) W · scale · scales + bias. The sums of integers are exact in floats.
 * @type {Operator}
 */
function quantizedProduct([x, weight, scale, scales, zero, , bias]) {
  const inputs = x.shape[x.shape.length - 1];
  const outputs = scales.data.length;
  const rows = sizeOf(x.shape) / inputs;
  const values = x.data.map((value) => value - zero.data[0]);
  const result = multiply(values, weight.data, rows, inputs, outputs);
  const factors = scales.data.map((value) => value * scale.data[0]);
  for (let i = 0; i < result.length; i++) {
    const product = Math.fround(result[i] * factors[i % outputs]);
    result[i] = bias ? product + bias.data[i % outputs] : product;
  }
  return [{ data: result, shape: [...x.shape.slice(0, -1), outputs] }];
}

/** @type {Operator} */
function reshape([input, target]) {
  const known = [...target.data].map((size, axis) => size || input.shape[axis]);
  const rest = sizeOf(input.shape) / sizeOf(known.filter((size) => size > 0));
  return [{ data: input.data, shape: known.map((size) => (size < 0 ? rest : size)) }];
}

/** @type {Operator} */
function transpose([input], { perm }) {
  const rank = input.shape.length;
  const strides = input.shape.map((_, axis) => sizeOf(input.shape.slice(axis + 1)));
  const shape = perm.map((axis) => input.shape[axis]);
  const result = zeros(shape);
  const index = new Array(rank).fill(0);
  for (let place = 0, start = 0; place < result.data.length; place++) {
    result.data[place] = input.data[start];
    for (let axis = rank - 1; axis >= 0; axis--) {
      start += strides[perm[axis]];
      if (++index[axis] < shape[axis]) {
        break;
      }
      start -= shape[axis] * strides[perm[axis]];
      index[axis] = 0;
    }
  }
  return [result];
}

/** @type {Operator} */
function unsqueeze([input, axes]) {
  const axis = axes.data[0];
  const shape = [...input.shape];
  shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
  return [{ data: input.data, shape }];
}

/** @type {Operator} */
function where([condition, one, other]) {
  const shape = broadcastShape(condition.shape, broadcastShape(one.shape, other.shape));
  const result = zeros(shape);
  const shapes = [condition.shape, one.shape, other.shape];
  forEachRow(shape, shapes, (place, [c, a, b], length, [stepC, stepA, stepB]) => {
    for (let i = 0; i < length; i++) {
      result.data[place + i] = condition.data[c + i * stepC]
        ? one.data[a + i * stepA]
        : other.data[b + i * stepB];
    }
  });
  return [result];
}

/** @type {Record<string, Operator>} */
export const OPERATORS = {
  Add: binary((a, b) => a + b),
  Cast: ([input]) => [input],
  Concat: concatenate,
  Div: binary((a, b) => a / b),
  Exp: unary(Math.exp),
  GRU: (inputs, attributes) => recurrentLayer("GRU", inputs, attributes),
  Gather: gather,
  Identity: ([input]) => [input],
  LSTM: (inputs, attributes) => recurrentLayer("LSTM", inputs, attributes),
  Less: binary((a, b) => (a < b ? 1 : 0)),
  LogSoftmax: overRows(logSoftmaxRow),
  LpNormalization: overRows(normalizeRow),
  MatMul: matrixProduct,
  MatMulIntegerToFloat: quantizedProduct,
  Mul: binary((a, b) => a * b),
  Neg: unary((value) => -value),
  QuantizeLinear: quantize,
  RNN: (inputs, attributes) => recurrentLayer("RNN", inputs, attributes),
  Range: ([start, limit]) => [
    vectorOf(Array.from({ length: limit.data[0] - start.data[0] }, (_, i) => start.data[0] + i)),
  ],
  Relu: unary((value) => Math.max(0, value)),
  Reshape: reshape,
  Shape: ([input]) => [vectorOf(input.shape)],
  Sigmoid: unary(sigmoid),
  Softmax: overRows(softmaxRow),
  Split: split,
  Squeeze: ([input]) => [{ data: input.data, shape: input.shape.slice(0, -1) }],
  Sub: binary((a, b) => a - b),
  Tanh: unary(Math.tanh),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: where,
};
