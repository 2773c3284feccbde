/**
 * Matrix products: nearly all of the time of a translation is spent here.
 *
 * Sums are kept in doubles, which is what JavaScript computes in, and is more exact than single
 * precision.
 */

// Rows that are multiplied at once, so that each weight is read once for all of them. (A beam has
// five by default.)
const ROWS_AT_ONCE = 5;

/**
 * x Wᵀ: x [R,I], weights [O,I] -> [R,O].
 * @param {Float32Array} x
 * @param {Float32Array} weights
 * @param {number} rows
 * @param {number} inputs
 * @param {number} outputs
 * @returns {Float32Array}
 */
export function multiply(x, weights, rows, inputs, outputs) {
  const result = new Float32Array(rows * outputs);
  let row = 0;
  for (; row + ROWS_AT_ONCE <= rows; row += ROWS_AT_ONCE) {
    multiplyFiveRows(x, weights, row, inputs, outputs, result);
  }
  for (; row < rows; row++) {
    multiplyRow(x, weights, row, inputs, outputs, result);
  }
  return result;
}

/**
 * @param {Float32Array} x
 * @param {Float32Array} weights
 * @param {number} row
 * @param {number} inputs
 * @param {number} outputs
 * @param {Float32Array} result
 */
function multiplyFiveRows(x, weights, row, inputs, outputs, result) {
  const first = row * inputs;
  const place = row * outputs;
  const rows = x.subarray(first, first + ROWS_AT_ONCE * inputs);
  for (let output = 0; output < outputs; output++) {
    const start = output * inputs;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let sum4 = 0;
    for (let i = 0; i < inputs; i++) {
      const weight = weights[start + i];
      sum0 += weight * rows[i];
      sum1 += weight * rows[inputs + i];
      sum2 += weight * rows[2 * inputs + i];
      sum3 += weight * rows[3 * inputs + i];
      sum4 += weight * rows[4 * inputs + i];
    }
    result[place + output] = sum0;
    result[place + outputs + output] = sum1;
    result[place + 2 * outputs + output] = sum2;
    result[place + 3 * outputs + output] = sum3;
    result[place + 4 * outputs + output] = sum4;
  }
}

/**
 * @param {Float32Array} x
 * @param {Float32Array} weights
 * @param {number} row
 * @param {number} inputs
 * @param {number} outputs
 * @param {Float32Array} result
 */
function multiplyRow(x, weights, row, inputs, outputs, result) {
  const values = x.subarray(row * inputs, (row + 1) * inputs);
  const place = row * outputs;
  let output = 0;
  for (; output + 4 <= outputs; output += 4) {
    const start = output * inputs;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let i = 0; i < inputs; i++) {
      const value = values[i];
      sum0 += value * weights[start + i];
      sum1 += value * weights[start + inputs + i];
      sum2 += value * weights[start + 2 * inputs + i];
      sum3 += value * weights[start + 3 * inputs + i];
    }
    result[place + output] = sum0;
    result[place + output + 1] = sum1;
    result[place + output + 2] = sum2;
    result[place + output + 3] = sum3;
  }
  for (; output < outputs; output++) {
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      sum += values[i] * weights[output * inputs + i];
    }
    result[place + output] = sum;
  }
}

/**
 * Products of matrices of each sentence: one [B,K,I], other [B,I,O] -> [B,K,O].
 * @param {Float32Array} one
 * @param {Float32Array} other
 * @param {[number, number, number, number]} sizes  B, K, I, O
 * @returns {Float32Array}
 */
export function multiplyBatches(one, other, [batches, rows, inputs, outputs]) {
  const result = new Float32Array(batches * rows * outputs);
  const sums = new Float64Array(outputs);
  for (let row = 0; row < batches * rows; row++) {
    const batch = Math.floor(row / rows);
    sums.fill(0);
    for (let i = 0; i < inputs; i++) {
      const value = one[row * inputs + i];
      const start = (batch * inputs + i) * outputs;
      for (let output = 0; output < outputs; output++) {
        sums[output] += value * other[start + output];
      }
    }
    result.set(sums, row * outputs);
  }
  return result;
}
