/**
 * What a translation carries over unchanged: links, numbers, placeholders, tags, emoji, new words.
 *
 * Before the model reads a source, each such item is replaced by a symbol, or taken out if it is no
 * part of the sentence (a tag, an emoji). Symbols are lone surrogates, which no UTF-8 text contains.
 *
 * The counterpart of seqcli/data/carryover.py.
 */

import { normalizeSource } from "./normalization.js";
import { findAll, fullMatch, search } from "./patterns.js";
import { findWords } from "./words.js";

/**
 * "word": part of a sentence, such as a link; "mark": beside it, such as a tag; "new": new words.
 * @typedef {"number" | "word" | "mark" | "new"} Kind
 */

/**
 * A part of a text, at [start, end), that its translation carries over.
 * @typedef {{text: string, kind: Kind, start: number, end: number}} Item
 */

/** @typedef {import("./patterns.js").ClassifiedText} ClassifiedText */

/** A sentence with more items than symbols uses the symbols again, in the same order. */
export const SYMBOLS = String.fromCharCode(...Array.from({ length: 8 }, (_, i) => 0xd800 + i));

/** @type {Kind[]} */
const KINDS_BY_FORM = ["word", "mark", "number"];

// What may be between two new words that are one item. After an initial there is ". ".
const ITEM_JOINTS = new Set(["", " ", ..."-‐‑'’ʼʻʹ"]);

/**
 * The items of a text in order.
 *
 * Besides what is recognized by its form, these are the words that `isNew`, of which neighbours,
 * such as first and last names, are one item; and other characters, except punctuation marks, that
 * are not `isReadable`. Numbers are items only if asked for.
 * @param {ClassifiedText} text
 * @param {object} options
 * @param {boolean} options.numbers
 * @param {(word: string) => boolean} options.isNew
 * @param {(character: string) => boolean} options.isReadable
 * @returns {Item[]}
 */
export function findItems(text, { numbers, isNew, isReadable }) {
  let items = itemsByForm(text).filter((item) => numbers || item.kind !== "number");
  items = items.concat(newItems(text, items, isNew));
  return inOrder(items.concat(unreadableItems(text, items, isReadable)));
}

/**
 * The items in the order of their places.
 * @param {Item[]} items
 */
export function inOrder(items) {
  return items.sort((a, b) => a.start - b.start);
}

/**
 * The places of the items.
 * @param {Item[]} items
 * @returns {Set<number>}
 */
export function occupiedPlaces(items) {
  /** @type {Set<number>} */
  const places = new Set();
  for (const { start, end } of items) {
    for (let place = start; place < end; place++) places.add(place);
  }
  return places;
}

/**
 * The items that are recognized by their form.
 * @param {ClassifiedText} text
 * @returns {Item[]}
 */
function itemsByForm(text) {
  if (!search("sign", text)) return [];
  return findAll("item", text).map(({ text, start, end, groups }) => {
    const kind = KINDS_BY_FORM.find((kind) => groups[kind] !== undefined) ?? "word";
    return { text, kind, start, end };
  });
}

/**
 * The new words that are in none of the items.
 * @param {ClassifiedText} text
 * @param {Item[]} items
 * @param {(word: string) => boolean} isNew
 * @returns {Item[]}
 */
function newItems(text, items, isNew) {
  const occupied = occupiedPlaces(items);
  /** @type {{start: number, end: number, lastStart: number}[]} */
  const spans = []; // with the start of their last word
  for (const { text: word, start, end } of findWords(text)) {
    if (isOccupied(occupied, start, end) || !isNew(word)) continue;
    if (fullMatch("clitic", text, Math.max(0, start - 2), end)) continue;
    const last = spans.at(-1);
    if (last && isJoint(last.end - last.lastStart, text.slice(last.end, start))) {
      spans[spans.length - 1] = { start: last.start, end, lastStart: start };
    } else {
      spans.push({ start, end, lastStart: start });
    }
  }
  return spans.map(({ start, end }) => itemAt(text, "new", start, end));
}

/**
 * @param {Set<number>} occupied
 * @param {number} start
 * @param {number} end
 */
function isOccupied(occupied, start, end) {
  for (let place = start; place < end; place++) {
    if (occupied.has(place)) return true;
  }
  return false;
}

/**
 * Whether a new word of so many characters and the next one, given what is between them, are one
 * item.
 * @param {number} length
 * @param {string} between
 */
function isJoint(length, between) {
  return ITEM_JOINTS.has(between) || (between === ". " && length === 1);
}

/**
 * The runs of unreadable characters that are in none of the items.
 * @param {ClassifiedText} text
 * @param {Item[]} items
 * @param {(character: string) => boolean} isReadable
 * @returns {Item[]}
 */
function unreadableItems(text, items, isReadable) {
  const found = new Set(findAll("character", text).map((match) => match.text));
  // (What is read as another character, such as ´ as an apostrophe, is none of them.)
  const unreadable = new Set(
    [...found].filter((each) => !isReadable(each) && normalizeSource(each) === each),
  );
  if (!unreadable.size) return [];
  const { characters } = text;
  const occupied = occupiedPlaces(items);
  const marks = [];
  let start = 0; // of a run of unreadable characters
  for (let place = 0; place <= characters.length; place++) {
    if (place < characters.length && unreadable.has(characters[place]) && !occupied.has(place)) {
      continue;
    }
    if (start < place) marks.push(itemAt(text, "mark", start, place));
    start = place + 1;
  }
  return marks;
}

/**
 * @param {ClassifiedText} text
 * @param {Kind} kind
 * @param {number} start
 * @param {number} end
 * @returns {Item}
 */
function itemAt(text, kind, start, end) {
  return { text: text.slice(start, end), kind, start, end };
}
