/**
 * Texts that are inserted into a translation and its pieces: the port of a part of
 * seqcli/decoding/markup.py.
 */

import { codePoints, lengthOf } from "../text/unicode.js";

/** @typedef {[number, number]} Span  [start, end) */

/**
 * A text to insert into the pieces of a translation, at an index in their concatenation.
 * @typedef {{place: number, text: string}} Insertion
 */

/**
 * The text with the insertions, which are in order, and whose places are `offset` too large for it.
 * @param {string} text
 * @param {Insertion[]} insertions
 * @param {number} offset
 * @returns {string}
 */
export function insert(text, insertions, offset) {
  const characters = codePoints(text);
  const parts = [];
  let position = 0;
  for (const { place, text: inserted } of insertions) {
    const index = Math.max(0, place - offset);
    parts.push(characters.slice(position, index).join(""), inserted);
    position = index;
  }
  parts.push(characters.slice(position).join(""));
  return parts.join("");
}

/**
 * The pieces with the insertions; one between two pieces belongs to the first. No pieces remain
 * none.
 * @param {string[]} pieces
 * @param {Insertion[]} insertions
 * @returns {string[]}
 */
export function insertIntoPieces(pieces, insertions) {
  let next = 0;
  return spansOfPieces(pieces).map(([start, end], index) => {
    const first = next;
    while (next < insertions.length && insertions[next].place <= end) next++;
    return insert(pieces[index], insertions.slice(first, next), start);
  });
}

/**
 * [start, end) of each piece in the text that they make, which begins at `first`.
 * @param {string[]} pieces
 * @param {number} [first]
 * @returns {Span[]}
 */
export function spansOfPieces(pieces, first = 0) {
  let end = first;
  return pieces.map((piece) => {
    const start = end;
    end += lengthOf(piece);
    return [start, end];
  });
}
