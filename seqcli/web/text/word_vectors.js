/**
 * The vectors of the words of a source, which some models read with its pieces.
 *
 * The counterpart of seqcli/vectors/word_vectors.py, word_reader.py and units.py, and of
 * seqcli/data/source_ids.py.
 */

import { SYMBOLS } from "./carryover.js";
import { fold, normalizeSource } from "./normalization.js";
import { PAD, UNKNOWN } from "./tokenizer.js";
import { codePoints, lengthOf } from "./unicode.js";
import { findWords } from "./words.js";

/** @typedef {[string, number]} Segment  a piece of a text with its id */

/**
 * What Python writes of the words that have vectors. They are numbered from 1; the first `seen` are
 * in the training sources. `lexicon` has translations of some of the others.
 * @typedef {object} WordVectorValues
 * @property {string[]} words
 * @property {number} seen
 * @property {boolean} replacesPieces  whether a vector is read in place of the piece of its word,
 *   which is whole, or beside each of its pieces
 * @property {Record<string, string>} lexicon
 */

// A word of a file of vectors may consist of several: "don't", "well-known", or characters of a
// script without spaces.
const MAX_PARTS = 4;
const UNIT_JOINTS = new Set(["", "'", "-", "."]);

const PIECE_WORDS = /▁?[^▁]+|▁/gu; // in the text of word pieces

/**
 * The words of no pair that are understood without a symbol.
 * @param {WordVectorValues} values
 */
export function otherWords(values) {
  return new Set(values.replacesPieces ? values.words.slice(values.seen) : []);
}

/**
 * Gives the pieces of a source the vectors of their words. A symbol gets the vector of the word
 * that it stands for, so that the network knows what kind of word it carries over.
 */
export class WordReader {
  /**
   * @param {WordVectorValues} values
   * @param {number} pieces  the number of pieces of the tokenizer
   * @param {string} locale
   */
  constructor(values, pieces, locale) {
    this.replacesPieces = values.replacesPieces;
    this.numbers = new Map(values.words.map((word, i) => [word, i + 1]));
    this.pieces = pieces;
    this.locale = locale;
  }

  /**
   * The pieces of a text as the model reads it, with ids that name their words too: piece + number
   * of pieces · word.
   * @param {Segment[]} segments
   * @param {string} text
   * @param {string[]} items  what the symbols of the text stand for, in order
   * @returns {Segment[]}
   */
  read(segments, text, items) {
    if (this.replacesPieces) {
      return segments.flatMap(([piece, id]) => this.replaced(piece, id));
    }
    const begins = segments.length > 0 && segments[0][0].startsWith("▁");
    // (The text may lack the space that the first piece has.)
    const numbers = this.numbersOf(begins ? ` ${text.replace(/^ /, "")}` : text, items);
    let end = 0;
    return segments.map(([piece, id]) => {
      const start = end;
      end += lengthOf(piece);
      const number = numbers.slice(start, end).find((number) => number > 0) ?? 0;
      return [piece, id + this.pieces * number];
    });
  }

  /**
   * The number of the word at each place of a text, 0 for none.
   * @param {string} text
   * @param {string[]} items
   * @returns {number[]}
   */
  numbersOf(text, items) {
    const characters = codePoints(text);
    const numbers = characters.map(() => 0);
    for (const { text: word, start, end } of findUnits(text, this.numbers)) {
      const spaceBefore = start > 0 && characters[start - 1] === " "; // belongs to the word
      numbers.fill(this.numbers.get(word) ?? 0, spaceBefore ? start - 1 : start, end);
    }
    let item = 0;
    characters.forEach((character, place) => {
      if (item < items.length && SYMBOLS.includes(character)) {
        numbers[place] = this.numberOfItem(items[item++]);
      }
    });
    return numbers;
  }

  /**
   * The words of a piece with their vectors in place of the piece. (SentencePiece makes unknown
   * words that follow each other one piece.)
   * @param {string} piece
   * @param {number} id
   * @returns {Segment[]}
   */
  replaced(piece, id) {
    const words = id === UNKNOWN ? (piece.match(PIECE_WORDS) ?? []) : [piece];
    return words.map((word) => {
      const number = this.numbers.get(word.replace(/^▁/, "")) ?? 0;
      return [word, (number ? PAD : id) + this.pieces * number];
    });
  }

  /**
   * The word of an item, of several the last, as in a compound; 0 without a vector.
   * @param {string} item
   */
  numberOfItem(item) {
    const last = findWords(fold(normalizeSource(item), this.locale)).at(-1);
    return (last && this.numbers.get(last.text)) ?? 0;
  }
}

/** The vectors [N+1][D] that a network reads beside the pieces of sources; row 0 is for no word. */
export class VectorTable {
  /**
   * @param {Float32Array} vectors
   * @param {number} dimensions
   * @param {number} pieces  the number of pieces of the tokenizer
   */
  constructor(vectors, dimensions, pieces) {
    this.vectors = vectors;
    this.dimensions = dimensions;
    this.pieces = pieces;
  }

  /**
   * The pieces [S] of source ids [S], and the vectors of their words [S][D].
   * @param {ArrayLike<number>} ids
   * @returns {{pieces: number[], vectors: Float32Array}}
   */
  lookUp(ids) {
    const size = this.dimensions;
    const vectors = new Float32Array(ids.length * size);
    const pieces = Array.from(ids, (id, i) => {
      const start = Math.floor(id / this.pieces) * size;
      vectors.set(this.vectors.subarray(start, start + size), i * size);
      return id % this.pieces;
    });
    return { pieces, vectors };
  }
}

/**
 * The parts of a normalized text that are known, from left to right; of several that begin at the
 * same place, the longest. A part is a word, or several without a space between them.
 * @param {string} text
 * @param {Map<string, number>} known
 * @returns {{text: string, start: number, end: number}[]}
 */
function findUnits(text, known) {
  const characters = codePoints(text);
  const words = findWords(text);
  const units = [];
  let reached = 0;
  for (const [first, { start }] of words.entries()) {
    if (start < reached) continue;
    const found = unitEnds(characters, words, first)
      .map((end) => ({ text: characters.slice(start, end).join(""), start, end }))
      .filter((unit) => known.has(unit.text))
      .at(-1);
    if (found) {
      units.push(found);
      reached = found.end;
    }
  }
  return units;
}

/**
 * The ends of the parts of a text that begin at a word and may have vectors.
 * @param {string[]} characters
 * @param {{start: number, end: number}[]} words
 * @param {number} first
 */
function unitEnds(characters, words, first) {
  const ends = [words[first].end];
  for (let last = first + 1; last < Math.min(first + MAX_PARTS, words.length); last++) {
    const between = characters.slice(words[last - 1].end, words[last].start).join("");
    if (!UNIT_JOINTS.has(between)) break;
    ends.push(words[last].end);
  }
  return ends;
}
