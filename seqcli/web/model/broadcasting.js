/**
 * Broadcasting: operators of tensors of different shapes, in which axes of size 1 are repeated
 * (https://onnx.ai/onnx/repo-docs/Broadcasting.html).
 */

import { sizeOf } from "./tensors.js";

/**
 * The shape of the result where axes of size 1 are repeated.
 * @param {number[]} one
 * @param {number[]} other
 * @returns {number[]}
 */
export function broadcastShape(one, other) {
  const rank = Math.max(one.length, other.length);
  return Array.from({ length: rank }, (_, i) => {
    const a = one[i - rank + one.length] ?? 1;
    const b = other[i - rank + other.length] ?? 1;
    return a === 1 ? b : a;
  });
}

/**
 * Visit the rows (the last axis) of a broadcast result: where each begins, where it begins in the
 * inputs, its length, and the distance of neighbours in the inputs.
 * @param {number[]} shape
 * @param {number[][]} inputs  the shapes of the inputs
 * @param {(place: number, starts: number[], length: number, steps: number[]) => void} visit
 */
export function forEachRow(shape, inputs, visit) {
  const rank = shape.length;
  const length = rank ? shape[rank - 1] : 1;
  const strides = inputs.map((input) => broadcastStrides(input, rank));
  const steps = strides.map((each) => (rank ? each[rank - 1] : 0));
  const rows = sizeOf(shape.slice(0, -1));
  for (let row = 0; row < rows; row++) {
    const starts = inputs.map(() => 0);
    for (let axis = rank - 2, rest = row; axis >= 0; axis--) {
      const index = rest % shape[axis];
      rest = (rest - index) / shape[axis];
      strides.forEach((each, i) => {
        starts[i] += index * each[axis];
      });
    }
    visit(row * length, starts, length, steps);
  }
}

/**
 * The distance of neighbours along each axis of a result; 0 along an axis that is repeated.
 * @param {number[]} shape
 * @param {number} rank
 * @returns {number[]}
 */
function broadcastStrides(shape, rank) {
  const strides = new Array(rank).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[rank - shape.length + axis] = shape[axis] === 1 ? 0 : stride;
    stride *= shape[axis];
  }
  return strides;
}
