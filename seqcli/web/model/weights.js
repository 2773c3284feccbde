/**
 * The weights of a page, from its bytes: see `seqcli/web/graphs.py`, which writes them.
 *
 * What the graphs hold twice, or worked out beforehand, is made here: the weights of the output
 * layer are rows of the embeddings, and what a step computes of the previous token alone is a table
 * with a row for each token, the product of embeddings and weights.
 */

import { multiply } from "./products.js";
import { copyRows, sizeOf } from "./tensors.js";

/** @typedef {import("./tensors.js").Tensor} Tensor */

/**
 * A matrix in the bytes: its type, its shape and where it begins.
 * @typedef {{type: "float32" | "float16" | "int8", shape: number[], offset: number}} MatrixValues
 */

/**
 * A constant of a graph: given as numbers, or as a matrix. With `selected`, it has only the rows of
 * the output pieces; with `factor`, a row e of it stands for e A + b, where the factor is the matrix
 * of A and below it b; with `half`, the results are rounded to 16 bits. Of one that is `transposed`,
 * the matrix has the rows that the constant has as columns.
 * @typedef {object} ConstantValues
 * @property {number[]} shape
 * @property {number[]} [numbers]
 * @property {number} [matrix]
 * @property {boolean} [selected]
 * @property {number} [factor]
 * @property {boolean} [half]
 * @property {boolean} [transposed]
 */

/**
 * The bytes of a text in base64, which has no spaces.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decodeBase64(text) {
  const digits = new Uint8Array(128);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let i = 0; i < 64; i++) {
    digits[alphabet.charCodeAt(i)] = i;
  }
  const padding = text.endsWith("==") ? 2 : Number(text.endsWith("="));
  const bytes = new Uint8Array((text.length / 4) * 3);
  for (let i = 0, place = 0; i < text.length; i += 4) {
    const group =
      (digits[text.charCodeAt(i)] << 18) |
      (digits[text.charCodeAt(i + 1)] << 12) |
      (digits[text.charCodeAt(i + 2)] << 6) |
      digits[text.charCodeAt(i + 3)];
    bytes[place++] = group >> 16;
    bytes[place++] = (group >> 8) & 255;
    bytes[place++] = group & 255;
  }
  return bytes.subarray(0, bytes.length - padding);
}

/**
 * The matrices as floats. Throws an Error if bytes are missing.
 * @param {MatrixValues[]} matrices
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Float32Array[]}
 */
export function readMatrices(matrices, bytes) {
  const floats = halfFloats();
  return matrices.map(({ type, shape, offset }) => {
    const size = sizeOf(shape);
    const width = { float32: 4, float16: 2, int8: 1 }[type];
    if (offset + size * width > bytes.length) {
      throw new Error("the page is damaged: weights are missing. Copy the file again");
    }
    // (A copy, as a view must begin at a multiple of its elements.)
    const part = bytes.slice(offset, offset + size * width).buffer;
    if (type === "float32") {
      return new Float32Array(part);
    }
    if (type === "int8") {
      return Float32Array.from(new Int8Array(part));
    }
    return Float32Array.from(new Uint16Array(part), (bits) => floats[bits]);
  });
}

/**
 * The constants of a graph. `outputPieces` are the rows that are `selected`.
 * @param {Record<string, ConstantValues>} constants
 * @param {Float32Array[]} matrices
 * @param {number[]} outputPieces
 * @returns {Record<string, Tensor>}
 */
export function makeConstants(constants, matrices, outputPieces) {
  return Object.fromEntries(
    Object.entries(constants).map(([name, values]) => {
      const data = values.numbers
        ? Float32Array.from(values.numbers)
        : constantData(values, matrices, outputPieces);
      return [name, { data, shape: values.shape, transposed: values.transposed }];
    }),
  );
}

/**
 * @param {ConstantValues} values
 * @param {Float32Array[]} matrices
 * @param {number[]} outputPieces
 * @returns {Float32Array}
 */
function constantData(values, matrices, outputPieces) {
  const { shape, matrix, selected, factor, half } = values;
  let data = matrices[/** @type {number} */ (matrix)];
  if (selected) {
    const rows = outputPieces.length;
    const factors = factor === undefined ? null : matrices[factor];
    const width = factors ? factors.length / shape[1] - 1 : sizeOf(shape) / rows;
    const chosen = copyRows(data, outputPieces, width);
    data = factors ? tableOf(chosen, factors, rows, shape[1]) : chosen;
  }
  return half ? data.map(roundToHalf) : data;
}

/**
 * e A + b for the rows e: [V,E], A and b as the rows [O,E+1] -> [V,O].
 * @param {Float32Array} rows
 * @param {Float32Array} factors
 * @param {number} count
 * @param {number} outputs
 * @returns {Float32Array}
 */
function tableOf(rows, factors, count, outputs) {
  const width = rows.length / count;
  const weights = new Float32Array(outputs * width);
  for (let output = 0; output < outputs; output++) {
    const start = output * (width + 1);
    weights.set(factors.subarray(start, start + width), output * width);
  }
  const table = multiply(rows, weights, count, width, outputs);
  for (let i = 0; i < table.length; i++) {
    table[i] += factors[((i % outputs) + 1) * (width + 1) - 1];
  }
  return table;
}

/**
 * The value of each half-precision float (IEEE 754 binary16), by its bits.
 * @returns {Float32Array}
 */
function halfFloats() {
  return new Float32Array(1 << 16).map((_, bits) => {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 31
        ? fraction
          ? Number.NaN
          : Number.POSITIVE_INFINITY
        : exponent
          ? (1 + fraction / 1024) * 2 ** (exponent - 15)
          : fraction * 2 ** -24;
    return bits >> 15 ? -size : size;
  });
}

/**
 * The nearest half-precision float, ties to even, at most the largest one.
 * @param {number} value
 * @returns {number}
 */
function roundToHalf(value) {
  const size = Math.min(Math.abs(value), 65504);
  // The distance of neighbours: 2^-10 of the power of two below, at least that of subnormals.
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(size))) - 10);
  const roundsOff = 1.5 * 2 ** 52 * step;
  return Math.sign(value) * (size + roundsOff - roundsOff);
}
