/**
 * Tensors: arrays of floats with a shape.
 *
 * The integers and truth values of our graphs (ids, lengths, sizes, masks) are small enough to be
 * exact as floats of 32 bits, so that there is one kind of tensor.
 */

/**
 * Elements in row-major order. Of a `transposed` matrix [I,O], the elements are those of [O,I]: so
 * are the weights of products stored.
 * @typedef {{data: Float32Array, shape: number[], transposed?: boolean}} Tensor
 */

/**
 * The number of elements of a shape.
 * @param {number[]} shape
 * @returns {number}
 */
export function sizeOf(shape) {
  return shape.reduce((size, each) => size * each, 1);
}

/**
 * A tensor of zeros.
 * @param {number[]} shape
 * @returns {Tensor}
 */
export function zeros(shape) {
  return { data: new Float32Array(sizeOf(shape)), shape };
}

/**
 * A tensor of one axis.
 * @param {ArrayLike<number>} values
 * @returns {Tensor}
 */
export function vectorOf(values) {
  return { data: Float32Array.from(values), shape: [values.length] };
}

/**
 * Some rows of tensors, by their first axis; a row may be chosen several times.
 * @param {Tensor[]} tensors
 * @param {number[]} rows
 * @returns {Tensor[]}
 */
export function selectRows(tensors, rows) {
  return tensors.map(({ data, shape }) => {
    const width = sizeOf(shape.slice(1));
    const selected = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      selected.set(data.subarray(row * width, (row + 1) * width), i * width);
    });
    return { data: selected, shape: [rows.length, ...shape.slice(1)] };
  });
}
