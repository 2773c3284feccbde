/**
 * Constraints of a search: the length norm, what a hypothesis lacks, and what a loop is.
 *
 * Counterpart of seqcli/decoding/constraints.py with the default settings of a search: scores are
 * divided by the length, attention has no part in them, and a repetition is cut off.
 */

const MIN_ROUNDS = 3;
const MIN_LOOP = 12;
const MAX_BLOCK = 20;

/**
 * The divisor of the log-probability of so many tokens; no tokens count as one.
 * @param {number} length
 * @returns {number}
 */
export function lengthNorm(length) {
  return Math.max(1, length);
}

/**
 * How many counted tokens are lacking, given how many of each may still be written.
 * @param {number[]} missing
 * @returns {number}
 */
export function lackingOf(missing) {
  return missing.reduce((sum, count) => sum + Math.max(0, count), 0);
}

/**
 * The number of tokens up to where the loop at the end of a sequence is first recognized; all of
 * them if the sequence does not end in a loop.
 * @param {number[]} tokens
 * @returns {number}
 */
export function lengthWithoutLoop(tokens) {
  let length = tokens.length;
  if (endsInLoop(tokens, length)) {
    while (endsInLoop(tokens, length - 1)) length--;
  }
  return length;
}

/**
 * Whether a sequence has a loop anywhere.
 * @param {number[]} ids
 * @returns {boolean}
 */
export function hasLoop(ids) {
  return loopBlocks(ids.length).some((block) => {
    let same = 0; // how many ids in a row are those of the block before
    for (let i = block; i < ids.length; i++) {
      same = ids[i] === ids[i - block] ? same + 1 : 0;
      if (same >= loopSpan(block) - block) return true;
    }
    return false;
  });
}

/**
 * Whether the first `length` tokens end in a loop.
 * @param {number[]} tokens
 * @param {number} length
 * @returns {boolean}
 */
function endsInLoop(tokens, length) {
  return loopBlocks(length).some((block) => {
    const start = length - loopSpan(block);
    if (start < 0) return false;
    for (let i = start + block; i < length; i++) {
      if (tokens[i] !== tokens[i - block]) return false;
    }
    return true;
  });
}

/**
 * The sizes that the block of a loop in so many tokens may have.
 * @param {number} length
 * @returns {number[]}
 */
function loopBlocks(length) {
  const largest = Math.min(MAX_BLOCK, Math.floor(length / MIN_ROUNDS));
  return Array.from({ length: largest }, (_, i) => i + 1);
}

/**
 * The number of tokens of the shortest loop of such blocks.
 * @param {number} block
 * @returns {number}
 */
function loopSpan(block) {
  return Math.max(MIN_LOOP, MIN_ROUNDS * block);
}
