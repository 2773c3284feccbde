/**
 * Items of a source, such as names and numbers, and the symbols that stand for them: the
 * counterpart of seqcli/decoding/items.py.
 */

import { SYMBOLS } from "../text/carryover.js";
import { codePoints, isIn } from "../text/unicode.js";

/** @typedef {import("../text/source_text.js").SourceText} SourceText */

/** @typedef {Map<string, [number, string][]>} ItemsBySymbol  texts with their numbers, in order */

/**
 * Whether a character stands for an item.
 * @param {string} character
 * @returns {boolean}
 */
export function isSymbol(character) {
  return SYMBOLS.includes(character);
}

/**
 * For each symbol of a source those of the texts that it stands for, with their numbers, in order.
 * The texts are those of all items, or of the first ones.
 * @param {SourceText} source
 * @param {string[]} texts
 * @returns {ItemsBySymbol}
 */
export function itemsBySymbol(source, texts) {
  /** @type {ItemsBySymbol} */
  const bySymbol = new Map();
  if (texts.length === 0) return bySymbol;
  const symbols = codePoints(source.text).filter(isSymbol);
  texts.forEach((text, number) => {
    const items = bySymbol.get(symbols[number]);
    if (items) items.push([number, text]);
    else bySymbol.set(symbols[number], [[number, text]]);
  });
  return bySymbol;
}

/**
 * The pieces with items in place of symbols, and the index of the piece of each item.
 *
 * Between two words or numbers that would run into each other there is a `space`.
 * @param {string[]} pieces
 * @param {ItemsBySymbol} items
 * @param {string} space
 * @returns {[string[], Map<number, number>]}
 */
export function putItems(pieces, items, space = "") {
  /** @type {Map<number, number>} */
  const places = new Map();
  if (items.size === 0) return [[...pieces], places];
  const remaining = new Map([...items].map(([symbol, numbered]) => [symbol, numbered.values()]));
  let last = ""; // the last character, if an item ends there
  const shown = pieces.map((piece, index) => {
    let text = "";
    for (const character of codePoints(piece)) {
      const next = remaining.get(character)?.next();
      if (!next || next.done) {
        text += character;
        last = "";
        continue;
      }
      const [number, item] = next.value;
      const characters = codePoints(item);
      if (last !== "" && isIn("alnum", last) && isIn("alnum", characters[0])) text += space;
      text += item;
      places.set(number, index);
      last = characters[characters.length - 1];
    }
    return text;
  });
  return [shown, places];
}

/**
 * The places of items in the order of the items.
 * @param {Map<number, number>} places
 * @returns {[number, number][]}
 */
export function inItemOrder(places) {
  return [...places].sort(([a], [b]) => a - b);
}
