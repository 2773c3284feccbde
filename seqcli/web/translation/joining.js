/**
 * Lines of several sentences, which are translated one by one: what is read of a line, and what is
 * written between the translations.
 *
 * The port of parts of seqcli/decoding/joining.py. See texts.js for the others: a page shows the
 * sentences of a line as parts.
 */

import { codePoints, lengthOf } from "../text/unicode.js";
import { isEastAsian } from "../text/words.js";

// After these, in scripts without spaces, the next sentence follows without a space.
const FULL_WIDTH_MARKS = new Set("。！？｡．");
const END_MARKS = new Set(".!?…");
const SENTENCE_CLOSERS = "”’」』）》】\"')";

/**
 * The first sentences, at least one, that have at most `maxSourcePieces` pieces together.
 * @param {import("./text_processor.js").TextProcessor} processor
 * @param {string[]} sentences
 * @returns {string[]}
 */
export function sentencesWithin(processor, sentences) {
  let room = processor.maxSourcePieces;
  // (Pieces are no shorter than 1.)
  if (sentences.length === 1 || lengthOf(sentences.join("")) <= room) return sentences;
  for (let number = 0; number < sentences.length; number++) {
    room -= processor.encodeSource(sentences[number]).ids.length - 1;
    if (room < 0) return sentences.slice(0, Math.max(1, number));
  }
  return sentences;
}

/**
 * What is written before each text: a space, or nothing at the beginning, beside an empty text,
 * after a full-width mark, and in Chinese and Japanese after any end mark.
 * @param {string[]} texts
 * @returns {string[]}
 */
export function separators(texts) {
  let before = "";
  return texts.map((text) => {
    const mark = lastBeforeClosers(before);
    const isEastAsianText = codePoints(text).slice(0, 2).some(isEastAsian);
    const isEnd = FULL_WIDTH_MARKS.has(mark) || (END_MARKS.has(mark) && isEastAsianText);
    const separator = isEnd || before === "" || text === "" ? "" : " ";
    before = text || before;
    return separator;
  });
}

/**
 * The last character of a text that is no closing quote or bracket.
 * @param {string} text
 * @returns {string}
 */
function lastBeforeClosers(text) {
  let end = text.length;
  while (end > 0 && SENTENCE_CLOSERS.includes(text[end - 1])) end--;
  return text.slice(Math.max(0, end - 1), end);
}
