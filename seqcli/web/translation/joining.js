/**
 * Lines of several sentences, which are translated one by one: what is read of a line, and what is
 * written between the translations.
 *
 * The port of parts of seqcli/decoding/joining.py. See texts.js for the others: a page shows the
 * sentences of a line as parts, unless the line as a whole is remembered.
 */

import { codePoints, lengthOf } from "../text/unicode.js";
import { isEastAsian } from "../text/words.js";
import { unsearched } from "./translation.js";

/** @typedef {import("../types.js").Translation} Translation */

// From best to worst.
const STOPPED_BY = /** @type {const} */ (["eos", "limit", "repetition"]);

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
 * The translations of a line, best first, from those of its sentences, as far as a page shows them:
 * without pieces.
 * @param {string} line
 * @param {Translation[][]} sentences
 * @returns {Translation[]}
 */
export function joinNbest(line, sentences) {
  // The same for every rank, so that a better rank has a better score.
  const sizes = sentences.map(
    (nbest) => nbest.map((each) => each.target_pieces.length).find(Boolean) ?? 0,
  );
  const count = Math.max(...sentences.map((nbest) => nbest.length));
  return Array.from({ length: count }, (_, rank) =>
    join(
      line,
      sentences.map((nbest) => nbest[Math.min(rank, nbest.length - 1)]),
      sizes,
    ),
  );
}

/**
 * @param {string} line
 * @param {Translation[]} sentences
 * @param {number[]} sizes  the weights of their scores
 * @returns {Translation}
 */
function join(line, sentences, sizes) {
  const before = spacesBefore(sentences);
  const size = sizes.reduce((sum, each) => sum + each, 0);
  const sum = sentences.reduce((total, { score }, i) => total + sizes[i] * score, 0);
  const confidences = sentences.flatMap(({ confidence }) => confidence ?? []);
  const worst = Math.max(...sentences.map((each) => STOPPED_BY.indexOf(each.stopped_by)));
  return {
    ...unsearched(line, sentences.map((each, i) => before[i] + each.translation).join("")),
    score: size ? sum / size : 0,
    stopped_by: STOPPED_BY[worst],
    cut: sentences.some(({ cut }) => cut) || lengthOf(sourceOf(sentences)) < lengthOf(line),
    copied: sentences.flatMap(({ copied }) => copied),
    missing: sentences.flatMap(({ missing }) => missing),
    misplaced: sentences.flatMap(({ misplaced }) => misplaced),
    unknown: sentences.flatMap(({ unknown }) => unknown),
    dropped: [...new Set(sentences.flatMap(({ dropped }) => codePoints(dropped)))].sort().join(""),
    foreign: sentences.every(({ foreign }) => foreign),
    confidence: confidences.length ? Math.min(...confidences) : null,
    origin: sentences.every(({ origin }) => origin === "memory") ? "memory" : "model",
  };
}

/** @param {Translation[]} sentences */
function sourceOf(sentences) {
  return sentences.map(({ source }) => source).join("");
}

/**
 * What is written before the translation of each sentence of a line: `separators`, or only spaces if
 * there was nothing to translate.
 * @param {Translation[]} sentences
 * @returns {string[]}
 */
export function spacesBefore(sentences) {
  const texts = sentences.map(({ translation }) => translation);
  if (sentences.some((each) => each.source_pieces.length || each.origin === "memory")) {
    return separators(texts);
  }
  const first = texts.findIndex(Boolean);
  return texts.map((text, i) => (text && i > first ? " " : ""));
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
