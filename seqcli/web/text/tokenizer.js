/**
 * Text to piece ids and back: the port of seqcli/data/tokenizer.py.
 */

import { SYMBOLS } from "./carryover.js";
import { makeCutter, SPECIAL_PIECES } from "./sentencepiece.js";
import { isUnspaced, wordParts } from "./words.js";

/** @typedef {[string, number]} Segment  a piece of a text with its id */

export const PAD = 0;
export const UNKNOWN = 1;
export const END = 2;

// SentencePiece reserves some characters, and symbols are lone surrogates, which it does not take:
// each is written as an escape of two private-use characters.
const ESCAPE_SIGN = "\ue000";
const RESERVED_CHARACTERS = [ESCAPE_SIGN, ..."\u2581\u2585\t\0\x1f<"];
/** @type {Map<string, string>} */
const ESCAPED = new Map([
  ...RESERVED_CHARACTERS.map((plain, number) => escapeOf(plain, 0xe001 + number)),
  ...[...SYMBOLS].map((symbol, number) => escapeOf(symbol, 0xe100 + number)),
]);
const UNESCAPED = new Map([...ESCAPED].map(([plain, escaped]) => [escaped, plain]));
const RESERVED_PATTERN = new RegExp(`[${[...ESCAPED.keys()].join("")}]`, "gu");
const ESCAPE_PATTERN = new RegExp([...UNESCAPED.keys()].join("|"), "gu");

/**
 * @param {string} plain
 * @param {number} code
 * @returns {[string, string]}
 */
function escapeOf(plain, code) {
  return [plain, ESCAPE_SIGN + String.fromCodePoint(code)];
}

/**
 * A text with escapes instead of reserved characters.
 * @param {string} text
 * @returns {string}
 */
function escapeReserved(text) {
  return text.replace(RESERVED_PATTERN, (plain) => ESCAPED.get(plain) ?? plain);
}

/**
 * Text for SentencePiece: reserved characters escaped, and a space before the first word, so that a
 * word is the same piece at the beginning and in the middle.
 *
 * A text that begins with a script without spaces gets no space.
 * @param {string} text
 * @returns {string}
 */
function escapeText(text) {
  const [first] = text;
  const hasSpaces = first !== undefined && !isUnspaced(first);
  return (hasSpaces ? " " : "") + escapeReserved(text);
}

/**
 * The text that was passed to `escapeText`.
 * @param {string} text
 * @returns {string}
 */
function unescapeText(text) {
  const restored = restore(text);
  return restored.startsWith(" ") ? restored.slice(1) : restored;
}

/**
 * A piece with its reserved characters instead of escapes.
 * @param {string} piece
 * @returns {string}
 */
function restore(piece) {
  return piece.replace(ESCAPE_PATTERN, (escaped) => UNESCAPED.get(escaped) ?? escaped);
}

/** Text to piece ids and back. Ids: 0 is padding, 1 unknown, 2 the end of a sentence; pieces follow. */
export class Tokenizer {
  /** @param {import("./sentencepiece.js").TokenizerValues} values */
  constructor(values) {
    /** The number of pieces. */
    this.size = values.pieces.length;
    this.texts = values.pieces;
    this.ids = new Map(values.pieces.map((piece, id) => [piece, id]));
    this.cutter = makeCutter(values);
  }

  /**
   * The id of a character, or of a symbol, as a piece; UNKNOWN if it is none.
   * @param {string} character
   * @returns {number}
   */
  idOf(character) {
    return this.ids.get(escapeReserved(character)) ?? UNKNOWN;
  }

  /**
   * Whether a character, or a symbol, is a piece.
   * @param {string} character
   * @returns {boolean}
   */
  has(character) {
    return this.idOf(character) !== UNKNOWN;
  }

  /**
   * The text of the ids; an unknown piece is written as ⁇.
   * @param {number[]} ids
   * @returns {string}
   */
  decode(ids) {
    const texts = ids.map((id) => {
      if (id === UNKNOWN) return " ⁇ ";
      return id < SPECIAL_PIECES ? "" : this.texts[id];
    });
    return unescapeText(texts.join("").replaceAll("▁", " "));
  }

  /**
   * The pieces of the ids; ▁ is a space.
   * @param {number[]} ids
   * @returns {string[]}
   */
  pieces(ids) {
    return ids.map((id) => restore(this.texts[id]));
  }

  /**
   * Each piece of a text with its id; an unknown piece is given as in the text.
   * @param {string} text
   * @returns {Segment[]}
   */
  segment(text) {
    return this.segmentEscaped(escapeText(text));
  }

  /**
   * Each piece of a text with its id, of which the words are segmented one by one.
   *
   * So the pieces of a word do not depend on the words after it. In a script with spaces they are
   * those of `segment`; in another, no piece has several characters.
   * @param {string} text  a whole one, or the beginning of one, unless `begins` is off
   * @param {boolean} begins
   * @returns {Segment[]}
   */
  segmentWords(text, begins = true) {
    return wordParts(text).flatMap((part, number) =>
      this.segmentEscaped(number === 0 && begins ? escapeText(part) : escapeReserved(part)),
    );
  }

  /**
   * @param {string} escaped
   * @returns {Segment[]}
   */
  segmentEscaped(escaped) {
    /** @type {Segment[]} */
    const segments = [];
    for (const piece of this.cutter.cut(escaped.replaceAll(" ", "▁"))) {
      const id = this.ids.get(piece) ?? UNKNOWN;
      const last = segments[segments.length - 1];
      // Like SentencePiece, which makes unknown neighbours one piece.
      if (id === UNKNOWN && last?.[1] === UNKNOWN) last[0] += piece;
      else segments.push([piece, id]);
    }
    return segments.map(([piece, id]) => [restore(piece), id]);
  }
}
