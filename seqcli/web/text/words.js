/**
 * Words of a text, and its punctuation marks. The same as seqcli/data/words.py and, of
 * seqcli/data/text.py, what is used to translate.
 */

import { findAll } from "./patterns.js";
import { codePoints, compareCodePoints, isIn, splitSpaces, strip } from "./unicode.js";

/**
 * The words of a text in order: runs of letters and digits, without punctuation.
 * @param {string | import("./patterns.js").ClassifiedText} text
 * @returns {{text: string, start: number, end: number}[]}
 */
export function findWords(text) {
  return findAll("word", text);
}

/**
 * The words of a text, in order, with their punctuation; in scripts without spaces each character
 * is a word.
 * @param {string} text
 */
export function splitWords(text) {
  return wordParts(text).map(strip).filter(Boolean);
}

/**
 * The text in parts, which make the whole text when joined: each word of `splitWords` with the
 * white space before it, the last one also with that after it.
 * @param {string} text
 */
export function wordParts(text) {
  /** @type {string[]} */
  const parts = [];
  let space = ""; // before the next word
  let isOpen = false; // whether the next character may continue the word
  for (const { characters, isSpace } of runsOf(text)) {
    if (isSpace) {
      space = characters.join("");
      isOpen = false;
      continue;
    }
    for (const { text: cluster } of findAll("cluster", characters.join(""))) {
      const unspaced = isUnspaced(cluster);
      if (isOpen && !unspaced) parts[parts.length - 1] += cluster;
      else parts.push(space + cluster);
      space = "";
      isOpen = !unspaced;
    }
  }
  if (parts.length && space) parts[parts.length - 1] += space;
  return parts.length ? parts : [text];
}

/**
 * The runs of white space and of other characters.
 * @param {string} text
 */
function runsOf(text) {
  /** @type {{characters: string[], isSpace: boolean}[]} */
  const runs = [];
  for (const character of codePoints(text)) {
    const isSpace = isIn("space", character);
    if (runs.at(-1)?.isSpace !== isSpace) runs.push({ characters: [], isSpace });
    runs[runs.length - 1].characters.push(character);
  }
  return runs;
}

/**
 * Whether the first character belongs to a script written without spaces between words.
 * @param {string} text
 */
export function isUnspaced(text) {
  return isIn("unspaced", text);
}

/**
 * Whether it is a Han character or a kana (words have one to four of them).
 * @param {string} character
 */
export function isEastAsian(character) {
  return compareCodePoints(character, "\u3040") >= 0 && isUnspaced(character);
}

/**
 * Normalized text without punctuation marks other than the known ones; those that it had, in order
 * of their code points. An apostrophe is removed, other marks separate words.
 * @param {string} text
 * @param {string} known
 * @returns {[text: string, dropped: string]}
 */
export function dropUnseenPunctuation(text, known) {
  const kept = new Set(known);
  const characters = codePoints(text);
  const unseen = new Set(characters.filter((each) => !kept.has(each) && isIn("punctuation", each)));
  if (!unseen.size) return [text, ""];
  const read = characters.map((each) => (!unseen.has(each) ? each : each === "'" ? "" : " "));
  const dropped = [...unseen].sort(compareCodePoints).join("");
  return [splitSpaces(read.join("")).join(" "), dropped];
}
