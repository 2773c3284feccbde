/**
 * A source as a person wrote it, and as the model reads it.
 *
 * The counterpart of seqcli/data/source_text.py, with carrying_reader.js.
 */

import { SYMBOLS } from "./carryover.js";
import { fold, normalizeSource } from "./normalization.js";
import { codePoints, lengthOf, strip } from "./unicode.js";
import { dropUnseenPunctuation } from "./words.js";

/** @typedef {import("./carryover.js").Item} Item */
/** @typedef {import("./patterns.js").ClassifiedText} ClassifiedText */

/**
 * Something beside the words of a source, such as a tag or an emoji.
 *
 * `place` is its index in the text that the model reads. `afterSpace` and `beforeSpace` tell
 * whether it stood apart from its neighbours, or at an end of the source; of a source that is read
 * word by word, of its word.
 * @typedef {{text: string, place: number, afterSpace: boolean, beforeSpace: boolean}} Mark
 */

/**
 * A source as the model reads it.
 *
 * `text` has a symbol for each of the `items`, in their order; the `marks` are not in it. A
 * translation has the items in place of the symbols, or what is `written` for them, if that is not
 * empty. `unknown` are the words that no training source has, `dropped` the punctuation marks that
 * the model does not know, so that they are not in the text. A source that `isForeign` has no word
 * of the training sources: nothing of it is to be translated. `ends` are the ends of the words in
 * the text, if it is read word by word: see heard_words.js.
 * @typedef {object} SourceText
 * @property {string} text
 * @property {string[]} items
 * @property {Mark[]} marks
 * @property {string[]} unknown
 * @property {string} dropped
 * @property {boolean} isForeign
 * @property {string[]} written
 * @property {number[]} ends
 */

// Stands for a mark until its place is known. Like the symbols, it is a lone surrogate.
const MARK_SIGN = "\ud8ff";

/**
 * @param {string} text
 * @param {Partial<SourceText>} [others]
 * @returns {SourceText}
 */
export function sourceText(text, others) {
  return {
    text,
    items: [],
    marks: [],
    unknown: [],
    dropped: "",
    isForeign: false,
    written: [],
    ends: [],
    ...others,
  };
}

/**
 * What a translation has in place of the symbols.
 * @param {SourceText} source
 */
export function carried(source) {
  return source.written.length ? source.written : source.items;
}

/**
 * Text without lone surrogates, which would be taken for symbols, and which cannot be encoded.
 * @param {string} text
 */
export function dropSurrogates(text) {
  return text.replace(/[\ud800-\udfff]+/gu, "");
}

/**
 * The text without white space at its end, as `str.rstrip` of Python.
 * @param {string} text
 */
export function stripEnd(text) {
  return strip(`.${text}`).slice(1);
}

/**
 * The text that the model reads, with the items in place of their symbols.
 * @param {SourceText} source
 */
export function withItems(source) {
  let item = 0;
  return codePoints(source.text)
    .map((character) => (SYMBOLS.includes(character) ? source.items[item++] : character))
    .join("");
}

/**
 * A normalized source as the model reads it, given its items and the symbol of each that is part
 * of a sentence. Punctuation marks other than the known ones are dropped.
 * @param {ClassifiedText} text
 * @param {Item[]} items
 * @param {(item: number) => string} symbolOf
 * @param {string} punctuation
 * @param {string} locale
 * @returns {SourceText}
 */
export function assembleSource(text, items, symbolOf, punctuation, locale) {
  const parts = items.filter((item) => item.kind !== "mark");
  const marks = items.filter((item) => item.kind === "mark").map((item) => item.text);
  let symbol = 0;
  const replaced = substitute(text, items, (item) =>
    item.kind === "mark" ? MARK_SIGN : symbolOf(symbol++),
  );
  const folded = fold(normalizeSource(replaced), locale);
  const [read, dropped] = dropUnseenPunctuation(folded, punctuation);
  const taken = takeOut(read, marks);
  return sourceText(taken.text, {
    items: parts.map((item) => item.text),
    marks: taken.marks,
    dropped,
  });
}

/**
 * The text with another text in place of each item; the items are in order.
 * @param {ClassifiedText} text
 * @param {Item[]} items
 * @param {(item: Item) => string} replacement
 */
function substitute(text, items, replacement) {
  const parts = [];
  let position = 0;
  for (const item of items) {
    parts.push(text.slice(position, item.start), replacement(item));
    position = item.end;
  }
  return parts.join("") + text.slice(position);
}

/**
 * A text without its marks, which are given as they were; the marks with their places.
 * @param {string} text
 * @param {string[]} marks
 * @returns {{text: string, marks: Mark[]}}
 */
function takeOut(text, marks) {
  if (!marks.length) return { text, marks: [] };
  const parts = text.split(MARK_SIGN);
  const last = parts.map(Boolean).lastIndexOf(true); // that is not empty
  let read = "";
  let place = 0; // the length of what is read
  /** @type {Mark[]} */
  const placed = [];
  marks.forEach((mark, i) => {
    read += parts[i];
    place += lengthOf(parts[i]);
    const following = parts[i + 1];
    const afterSpace = read === "" || read.endsWith(" ");
    const beforeSpace = following.startsWith(" ") || last <= i;
    if (afterSpace && following.startsWith(" ")) parts[i + 1] = following.slice(1);
    placed.push({ text: mark, place, afterSpace, beforeSpace });
  });
  read = stripEnd(read + parts[marks.length]);
  const length = lengthOf(read);
  return {
    text: read,
    marks: placed.map((mark) => ({ ...mark, place: Math.min(mark.place, length) })),
  };
}
