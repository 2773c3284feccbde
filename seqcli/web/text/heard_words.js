/**
 * A source word by word, as a model reads it that was trained to translate while someone still
 * speaks or types: what is read of a word depends on no word after it.
 *
 * The counterpart of seqcli/data/heard_words.py.
 */

import { CarryingReader } from "./carrying_reader.js";
import { normalize, normalizeSource } from "./normalization.js";
import { search } from "./patterns.js";
import { carried, dropSurrogates, sourceText, stripEnd, withItems } from "./source_text.js";
import { codePoints, compareCodePoints, isIn, lengthOf, strip } from "./unicode.js";
import { wordParts } from "./words.js";

/** @typedef {import("./source_text.js").SourceText} SourceText */

// What may begin an item of several words: a tag, code, a placeholder. Such an item is heard as one
// word, and as plain words if it has not ended after so many.
const HEARD_SIGNS = [..."<`{"];
const MAX_OPEN_WORDS = 30;

/**
 * The reader of a model: one that reads word by word if the model was trained so, even when it
 * translates whole sentences.
 * @param {import("./carrying_reader.js").ReaderOptions} options
 * @param {boolean} simultaneous
 * @returns {import("./carrying_reader.js").SourceReader}
 */
export function makeReader(options, simultaneous) {
  const reader = new CarryingReader(options);
  return simultaneous ? new WordByWordReader(reader) : reader;
}

/**
 * The words of a text that has ended, each with the white space before it: those of `splitWords`,
 * and items of several words.
 * @param {string} text
 * @returns {string[]}
 */
function heardWords(text) {
  const parts = strip(text) ? wordParts(stripEnd(text)) : [];
  if (!HEARD_SIGNS.some((sign) => text.includes(sign))) return parts;
  const words = [];
  /** @type {string[]} */
  let open = [];
  for (const part of parts) {
    open.push(part);
    if (open.length > MAX_OPEN_WORDS || !isOpen(open.join(""))) {
      words.push(open.join(""));
      open = [];
    }
  }
  return open.length ? [...words, open.join("")] : words;
}

/**
 * Whether an item of several words has begun and not ended.
 * @param {string} text
 */
function isOpen(text) {
  return (
    countOf("{", text) > countOf("}", text) ||
    countOf("`", text) % 2 === 1 ||
    search("openTag", text) !== null
  );
}

/**
 * @param {string} sign
 * @param {string} text
 */
function countOf(sign, text) {
  return text.split(sign).length - 1;
}

/** Reads each word of a source by itself, as a `CarryingReader` does. */
class WordByWordReader {
  /**
   * @param {CarryingReader} reader
   */
  constructor(reader) {
    this.reader = reader;
    this.symbols = reader.symbols;
  }

  /**
   * What the model reads of a source, with the place where each word ends.
   *
   * It tells whether the source `isForeign` as a whole, which cannot be known before the end.
   * @param {string} text
   * @returns {SourceText}
   */
  read(text) {
    const normalized = normalize(dropSurrogates(text));
    const source = this.readWords(heardWords(normalized));
    if (!this.reader.read(normalized).isForeign) return source;
    return sourceText(normalized, { unknown: source.unknown, isForeign: true });
  }

  /**
   * A source, or a word of it, as it is spelled in the pieces of the source.
   * @param {string} text
   */
  normalize(text) {
    return withItems(this.readWords(heardWords(normalize(dropSurrogates(text)))));
  }

  /**
   * What the model reads of words that have been heard.
   * @param {string[]} words
   * @returns {SourceText}
   */
  readWords(words) {
    const source = sourceText("");
    /** @type {SourceText[]} */
    const parts = [];
    let end = 0; // the length of the text
    for (const word of words) {
      const part = this.reader.readWord(word, source.items.length);
      const space = part.text ? spaceBeforeWord(word, source.text, part.text) : "";
      source.text += space + part.text;
      for (const mark of part.marks)
        source.marks.push({ ...mark, place: end + space.length + mark.place });
      end += space.length + lengthOf(part.text);
      source.ends.push(end);
      source.items.push(...part.items);
      parts.push(part);
    }
    const written = parts.flatMap(carried);
    const dropped = new Set(parts.flatMap((part) => codePoints(part.dropped)));
    return {
      ...source,
      unknown: parts.flatMap((part) => part.unknown),
      dropped: [...dropped].sort(compareCodePoints).join(""),
      written: written.every((text, i) => text === source.items[i]) ? [] : written,
    };
  }
}

/**
 * What is between a text and the next word: a space, or nothing where the source has none and
 * within Chinese and Japanese.
 * @param {string} word
 * @param {string} before
 * @param {string} text  what is read of the word
 */
function spaceBeforeWord(word, before, text) {
  if (!before || !isIn("space", word[0])) return "";
  const [first] = codePoints(text);
  const last = codePoints(before.slice(-2)).at(-1);
  return lengthOf(normalizeSource(`${last} ${first}`)) > 2 ? " " : "";
}
