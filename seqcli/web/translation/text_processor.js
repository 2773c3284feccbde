/**
 * Text to pieces and tokens, and back: what a translator does around its model.
 *
 * The port of seqcli/decoding/text_processor.py, for whole sentences.
 */

import { SYMBOLS } from "../text/carryover.js";
import { carried } from "../text/source_text.js";
import { END, UNKNOWN } from "../text/tokenizer.js";
import { codePoints, lengthOf, lower, upperCharacter } from "../text/unicode.js";
import { END_TOKEN } from "../text/vocabulary.js";
import { insert, insertIntoPieces, spansOfPieces } from "./insertions.js";
import { inItemOrder, isSymbol, itemsBySymbol, putItems } from "./items.js";
import { placeMarks } from "./markup.js";

/** @typedef {import("../types.js").Copy} Copy */
/** @typedef {import("../text/source_text.js").SourceText} SourceText */
/** @typedef {import("../text/tokenizer.js").Segment} Segment */
/** @typedef {import("./insertions.js").Span} Span */

/**
 * A source as the model reads it: `EncodedSource` in seqcli/decoding/encoded.py. `ids` and `pieces` include the end.
 * @typedef {object} EncodedSource
 * @property {SourceText} source
 * @property {number[]} ids
 * @property {string[]} pieces
 * @property {boolean} cut
 * @property {number[]} symbolPieces  the indices of the pieces that a symbol stands for
 * @property {Span[]} spans  of each piece but the end in the text that the model reads
 * @property {number[]} heard
 * @property {number[]} words
 * @property {boolean} isEmpty  whether there is nothing that the model reads
 */

/**
 * The text of a translation, its pieces, and what it carries over; `missing` are the items of the
 * source that it lacks.
 * @typedef {{text: string, pieces: string[], copies: Copy[], missing: string[]}} DecodedTarget
 */

/**
 * What gives the pieces of a source the vectors of their words.
 * @typedef {{read: (segments: Segment[], text: string, items: string[]) => Segment[]}} PieceReader
 */

/**
 * A tokenizer, an output vocabulary, and how source text is read and cut.
 *
 * Of a source, the first `maxSourcePieces` pieces are read, with the vectors of their words if
 * there is a `wordReader`.
 */
export class TextProcessor {
  /**
   * @param {object} parts
   * @param {import("../text/tokenizer.js").Tokenizer} parts.tokenizer
   * @param {import("../text/vocabulary.js").OutputVocabulary} parts.outputVocabulary
   * @param {import("../text/carrying_reader.js").SourceReader} parts.reader
   * @param {number} parts.maxSourcePieces
   * @param {PieceReader | null} [parts.wordReader]
   */
  constructor({ tokenizer, outputVocabulary, reader, maxSourcePieces, wordReader = null }) {
    this.tokenizer = tokenizer;
    this.outputVocabulary = outputVocabulary;
    this.reader = reader;
    this.maxSourcePieces = maxSourcePieces;
    this.wordReader = wordReader;
    /** The tokens of all symbols of the reader. */
    this.allSymbolTokens = outputVocabulary.toTokens(
      [...reader.symbols].map((symbol) => tokenizer.idOf(symbol)),
    );
  }

  /**
   * A source as the model reads it; without pieces if nothing of it is to be translated.
   * @param {string} text
   * @returns {EncodedSource}
   */
  encodeSource(text) {
    const source = this.reader.read(text);
    const parts = source.isForeign ? [] : this.segment(source);
    const segments = parts.flat();
    const read = segments.slice(0, this.maxSourcePieces);
    const texts = read.map(([piece]) => piece);
    const [shown, places] = putItems(texts, itemsBySymbol(source, source.items));
    const lengths = parts.map((part) => part.length);
    // The tokenizer puts a space before the first word, which is not in the text.
    const isSpaceAdded =
      texts.length > 0 && texts[0].startsWith("▁") && !source.text.startsWith("▁");
    const heard = source.ends.length ? heardPieces(lengths, read.length, source.ends.length) : [];
    return {
      source,
      ids: [...read.map(([, id]) => id), END],
      pieces: [...shown, ...this.tokenizer.pieces([END])],
      cut: segments.length > read.length,
      symbolPieces: inItemOrder(places).map(([, place]) => place),
      spans: source.marks.length ? spansOfPieces(texts, isSpaceAdded ? -1 : 0) : [],
      heard: heard.map(([pieces]) => pieces),
      words: heard.map(([, words]) => words),
      isEmpty: read.length === 0,
    };
  }

  /**
   * The pieces of a source with their ids; of each word by itself if it is read so.
   * @param {SourceText} source
   * @returns {Segment[][]}
   */
  segment(source) {
    if (source.ends.length === 0) {
      const segments = this.tokenizer.segment(source.text);
      return [this.wordReader?.read(segments, source.text, source.items) ?? segments];
    }
    const characters = codePoints(source.text);
    let items = 0;
    return source.ends.map((end, number) => {
      const start = number ? source.ends[number - 1] : 0;
      const text = characters.slice(start, end).join("");
      const segments = this.tokenizer.segmentWords(text, start === 0);
      if (this.wordReader === null) return segments;
      const first = items;
      items += codePoints(text).filter(isSymbol).length;
      return this.wordReader.read(segments, text, source.items.slice(first, items));
    });
  }

  /**
   * The number of pieces of a source that the tokenizer does not know.
   * @param {EncodedSource} encoded
   * @returns {number}
   */
  countUnknown(encoded) {
    return encoded.ids.filter((id) => id % this.tokenizer.size === UNKNOWN).length;
  }

  /**
   * The tokens of the symbols that a translation must have, each as often as the source.
   * @param {EncodedSource} encoded
   * @returns {number[]}
   */
  symbolTokens(encoded) {
    return this.outputVocabulary.toTokens(
      encoded.symbolPieces.map((place) => encoded.ids[place] % this.tokenizer.size),
    );
  }

  /**
   * The pieces of tokens.
   * @param {number[]} tokens
   * @returns {string[]}
   */
  targetPieces(tokens) {
    return this.tokenizer.pieces(this.outputVocabulary.toIds(tokens));
  }

  /**
   * A piece that may be written for a source; a symbol as ⟨the item that it stands for⟩, or as
   * ⟨its number⟩ if it stands for none.
   * @param {EncodedSource} encoded
   * @param {number} token
   * @returns {string}
   */
  pieceName(encoded, token) {
    const [piece] = this.targetPieces([token]);
    if (!isSymbol(piece)) return piece;
    const items = itemsBySymbol(encoded.source, carried(encoded.source)).get(piece);
    return `⟨${items ? items[0][1] : SYMBOLS.indexOf(piece) + 1}⟩`;
  }

  /**
   * The translation of a source by tokens, whose last one may be the end.
   *
   * Items are put where their symbols are, marks by the attention weights [T][S].
   * @param {EncodedSource} encoded
   * @param {number[]} tokens
   * @param {ArrayLike<number>[] | null} attention
   * @returns {DecodedTarget}
   */
  decode(encoded, tokens, attention) {
    const { source, symbolPieces } = encoded;
    const texts = carried(source).slice(0, symbolPieces.length); // of a source that is cut
    const items = itemsBySymbol(source, texts);
    const written = tokens.at(-1) === END_TOKEN ? tokens.slice(0, -1) : tokens;
    const [pieces, places] = putItems(this.targetPieces(tokens), items, "▁");
    const copies = inItemOrder(places).map(([item, place]) => {
      const copy = { text: texts[item], source_piece: symbolPieces[item], target_piece: place };
      return copy.text === source.items[item] ? copy : { ...copy, source: source.items[item] };
    });
    const plain = this.tokenizer.decode(this.outputVocabulary.toIds(written));
    let [text] = putItems([plain], items, " ")[0];
    text = withCapital(text, pieces, copies);
    if (source.marks.length) {
      const ownPieces = pieces.splice(0, written.length);
      const marked = { text: source.text, pieces: encoded.spans, marks: source.marks };
      const copied = copies.map((copy) => copy.target_piece);
      const insertions = placeMarks(marked, ownPieces, copied, attention);
      text = insert(text, insertions, lengthOf(ownPieces.join("")) - lengthOf(text));
      pieces.unshift(...insertIntoPieces(ownPieces, insertions));
    }
    const missing = source.items.filter((_, item) => !places.has(item));
    return { text, pieces, copies, missing };
  }
}

/**
 * The text, with a capital letter, as sentences have, if it begins with a word that word vectors
 * have translated. The piece and the copy of the word are changed too. A word that has a capital
 * letter, such as "iPhone", stays as it is.
 * @param {string} text
 * @param {string[]} pieces
 * @param {Copy[]} copies
 * @returns {string}
 */
function withCapital(text, pieces, copies) {
  const copy = copies.find((each) => each.source !== undefined);
  if (!copy || !text.startsWith(copy.text)) return text;
  const [first] = text;
  const capital = upperCharacter(first);
  if (lengthOf(capital) > 1 || first === capital || copy.text !== lower(copy.text)) return text;
  const place = copy.target_piece;
  pieces[place] = pieces[place].replace(first, () => capital);
  copy.text = capital + copy.text.slice(first.length);
  if (copy.text === copy.source) delete copy.source;
  return capital + text.slice(first.length);
}

/**
 * The numbers of pieces and of words heard after each word with pieces, with the end after the
 * last, given the number of pieces of each word. So many pieces are `read`, and so many words are
 * heard.
 * @param {number[]} lengths
 * @param {number} read
 * @param {number} words
 * @returns {[number, number][]}
 */
function heardPieces(lengths, read, words) {
  /** @type {[number, number][]} */
  const heard = [];
  let pieces = 0;
  let last = 0;
  lengths.forEach((length, i) => {
    pieces += length;
    const reached = Math.min(pieces, read);
    if (reached > last && i + 1 < words) heard.push([reached, i + 1]);
    last = Math.max(last, reached);
  });
  return [...heard, [read + 1, words]];
}
