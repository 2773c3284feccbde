/**
 * Pieces in words: the port of seqcli/decoding/words.py.
 */

import { splitWords } from "../text/words.js";

/**
 * The indices of the pieces of each word, in order; ▁ is a space.
 *
 * Words that share a piece are one. A space belongs to the word after it; spaces at the end are a
 * word.
 * @param {string[]} pieces
 * @returns {number[][]}
 */
export function groupPieces(pieces) {
  const text = pieces.join("").replaceAll("▁", " ");
  // (The positions are compared with each other alone, so they may count UTF-16 units.)
  const starts = new Set();
  let position = 0;
  for (const word of splitWords(text)) {
    starts.add(position);
    position = text.indexOf(word, position) + word.length;
  }
  starts.add(position); // of spaces at the end
  /** @type {number[][]} */
  const groups = [];
  position = 0;
  pieces.forEach((piece, i) => {
    if (groups.length === 0 || starts.has(position)) groups.push([]);
    groups[groups.length - 1].push(i);
    position += piece.length;
  });
  return groups;
}
