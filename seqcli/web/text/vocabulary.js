/**
 * The output vocabulary: the port of seqcli/data/vocabulary.py.
 *
 * A model writes only pieces that occur in the targets of its training data. Its output layer has
 * one row for each of them, called a token here.
 */

// Tokens, not piece ids: the two that every model has.
export const UNKNOWN_TOKEN = 0;
export const END_TOKEN = 1;

/** An increasing list of piece ids [V], those of UNKNOWN and END first; a token is an index into it. */
export class OutputVocabulary {
  /** @param {number[]} pieces */
  constructor(pieces) {
    this.pieces = pieces;
    /** @type {Map<number, number>} */
    this.tokens = new Map(pieces.map((id, token) => [id, token]));
  }

  /**
   * Piece ids to tokens; `missing` for a piece that cannot be written.
   * @param {number[]} ids
   * @param {number} missing
   * @returns {number[]}
   */
  toTokens(ids, missing = UNKNOWN_TOKEN) {
    return ids.map((id) => this.tokens.get(id) ?? missing);
  }

  /**
   * Tokens to piece ids.
   * @param {number[]} tokens
   * @returns {number[]}
   */
  toIds(tokens) {
    return tokens.map((token) => this.pieces[token]);
  }
}
