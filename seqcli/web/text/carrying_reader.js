/**
 * Reads sources so that names, numbers, links and the like are carried over.
 *
 * The counterpart of `CarryingReader` in seqcli/data/source_text.py.
 */

import { findItems, inOrder, occupiedPlaces } from "./carryover.js";
import { normalize } from "./normalization.js";
import { classify } from "./patterns.js";
import { assembleSource, dropSurrogates, sourceText, withItems } from "./source_text.js";
import { findWords } from "./words.js";

/** @typedef {import("./carryover.js").Item} Item */
/** @typedef {import("./patterns.js").ClassifiedText} ClassifiedText */
/** @typedef {import("./source_text.js").SourceText} SourceText */

/**
 * What a reader knows of its model.
 *
 * `words` and `punctuation` are those of the training sources. `symbols` are those that the model
 * reads and writes, empty if it has none; `numbers` tells whether numbers are carried over.
 * `isReadable` tells whether the tokenizer has a character. `lexicon` has translations of words of
 * no pair, which are written in place of their symbols; `otherWords` of no pair are understood
 * without.
 * @typedef {object} ReaderOptions
 * @property {string} punctuation
 * @property {import("./word_list.js").WordList} words
 * @property {string} symbols
 * @property {boolean} numbers
 * @property {(character: string) => boolean} isReadable
 * @property {Map<string, string>} lexicon
 * @property {Set<string>} otherWords
 */

/**
 * How sources are read.
 * @typedef {object} SourceReader
 * @property {string} symbols  that may be in what is read, none if nothing is carried over
 * @property {(text: string) => SourceText} read  what the model reads of a source
 * @property {(text: string) => string} normalize  a source, or a word of it, as it is spelled in
 *   the pieces of the source
 */

/** Reads sources so that names, numbers, links and the like are carried over. */
export class CarryingReader {
  /**
   * @param {ReaderOptions} options
   */
  constructor(options) {
    this.options = options;
    this.words = options.words;
    this.symbols = options.symbols;
  }

  /**
   * What the model reads of a source.
   * @param {string} source
   * @returns {SourceText}
   */
  read(source) {
    const text = classify(normalize(dropSurrogates(source)));
    const items = this.findItems(text);
    const words = wordsBeside(text, items);
    const unknown = this.unknownOf(words);
    const isOther = (/** @type {string} */ word) =>
      this.options.otherWords.has(this.words.spell(word));
    // Also if there are no words, as in "-5" or "♪".
    if (unknown.length === words.length && !unknown.some(isOther)) {
      const whole = text.slice(0);
      return sourceText(whole, { unknown, isForeign: whole !== "" });
    }
    return this.assemble(text, items, unknown, 0);
  }

  /**
   * What the model reads of one word, or of a part of a source, given the number of items before
   * it.
   * @param {string} source
   * @param {number} itemsBefore
   * @returns {SourceText}
   */
  readWord(source, itemsBefore) {
    const text = classify(normalize(dropSurrogates(source)));
    const items = this.findItems(text);
    return this.assemble(text, items, this.unknownOf(wordsBeside(text, items)), itemsBefore);
  }

  /**
   * A source, or a word of it, as it is spelled in the pieces of the source.
   * @param {string} source
   */
  normalize(source) {
    return withItems(this.readWord(source, 0));
  }

  /**
   * @param {string[]} words
   */
  unknownOf(words) {
    return words.filter((word) => !this.words.isKnown(word));
  }

  /**
   * @param {ClassifiedText} text
   * @param {Item[]} items
   * @param {string[]} unknown
   * @param {number} itemsBefore
   * @returns {SourceText}
   */
  assemble(text, items, unknown, itemsBefore) {
    const { symbols, punctuation, lexicon } = this.options;
    const symbolOf = (/** @type {number} */ i) => symbols[(itemsBefore + i) % symbols.length];
    const source = assembleSource(text, items, symbolOf, punctuation, this.words.locale);
    const written = lexicon.size ? source.items.map((each) => this.translation(each) || each) : [];
    return { ...source, unknown, written };
  }

  /**
   * @param {ClassifiedText} text
   * @returns {Item[]}
   */
  findItems(text) {
    if (!this.symbols) return [];
    const items = findItems(text, {
      numbers: this.options.numbers,
      isNew: (word) => this.words.isCarried(word) && !this.translation(word),
      isReadable: this.options.isReadable,
    });
    return inOrder(items.concat(this.translatedItems(text, items)));
  }

  /**
   * The words for which the lexicon has a translation, each as an item.
   * @param {ClassifiedText} text
   * @param {Item[]} items
   * @returns {Item[]}
   */
  translatedItems(text, items) {
    if (!this.options.lexicon.size) return [];
    const occupied = occupiedPlaces(items);
    return findWords(text)
      .filter(({ text: word, start }) => !occupied.has(start) && this.words.isCarried(word))
      .filter(({ text: word }) => this.translation(word))
      .map((word) => ({ ...word, kind: "new" }));
  }

  /**
   * The translation of a word of no pair by the lexicon; empty if there is none.
   * @param {string} word
   */
  translation(word) {
    if (!this.options.lexicon.size || this.words.isKnown(word)) return "";
    return this.options.lexicon.get(this.words.spell(word)) ?? "";
  }
}

/**
 * The words of a text that are no part of links, numbers and the like.
 * @param {ClassifiedText} text
 * @param {Item[]} items
 */
function wordsBeside(text, items) {
  const inside = occupiedPlaces(items.filter((item) => item.kind !== "new"));
  return findWords(text)
    .filter((word) => !inside.has(word.start))
    .map((word) => word.text);
}
