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
 * A row of a tensor, by its first axis, which shares its memory.
 * @param {Tensor} tensor
 * @param {number} row
 * @returns {Float32Array}
 */
export function rowOf({ data, shape }, row) {
  const width = sizeOf(shape.slice(1));
  return data.subarray(row * width, (row + 1) * width);
}

/**
 * Some rows of a matrix [N,width], one after another; a row may be chosen several times.
 * @param {Float32Array} matrix
 * @param {ArrayLike<number>} rows
 * @param {number} width
 * @returns {Float32Array}
 */
export function copyRows(matrix, rows, width) {
  const copied = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    copied.set(matrix.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  }
  return copied;
}

/**
 * Some rows of tensors, by their first axis; a row may be chosen several times.
 * @param {Tensor[]} tensors
 * @param {number[]} rows
 * @returns {Tensor[]}
 */
export function selectRows(tensors, rows) {
  return tensors.map(({ data, shape: [, ...inner] }) => ({
    data: copyRows(data, rows, sizeOf(inner)),
    shape: [rows.length, ...inner],
  }));
}
