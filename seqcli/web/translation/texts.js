/**
 * Texts of several lines and sentences: each sentence is translated, and none twice.
 *
 * (Counterparts: `Translator.translate` in seqcli/decoding/translator.py and `translate_lines` in
 * seqcli/decoding/joining.py.)
 */

import { normalize } from "../text/normalization.js";
import { splitSentences } from "../text/sentences.js";
import { findWords } from "../text/words.js";
import { sentencesWithin, separators, spacesBefore } from "./joining.js";
import { translateRemembering } from "./remembering.js";

const MOST_KEPT = 2000; // sentences

/** @typedef {import("../types.js").Translation} Translation */

/**
 * A sentence of a text, or a line that is remembered as a whole, with its translations, best first,
 * which are without their attention.
 * `folder` is the index of the translator, `line` and `index` are the place of the sentence, and
 * `start` is its position in the text. `before` is what stands between its translation and the one
 * before it. `unknownAt` are the words of the sentence, [start, end), that no training source has.
 * (These positions count UTF-16 units, as elements of a page do.)
 * @typedef {object} Part
 * @property {number} folder
 * @property {number} line
 * @property {number} index
 * @property {number} start
 * @property {string} source
 * @property {string} before
 * @property {[number, number][]} unknownAt
 * @property {Translation[]} nbest
 */

/**
 * The end of a line: the number of its sentences, what stands before the translation of each, and
 * whether a rest of the line was not read.
 * @typedef {{folder: number, line: number, count: number, before: string[], cut: boolean}} LineEnd
 */

/**
 * The beginning of a translation that is being searched for.
 * @typedef {{folder: number, line: number, index: number, start: number, source: string,
 *   before: string, text: string}} Growing
 */

/**
 * What a translation of a text tells on its way: the number of its lines, then its parts. The
 * beginning of a part is worked out if it is asked for.
 * @typedef {{lines: number} | {part: Part} | {growing: () => Growing} | {end: LineEnd}} Progress
 */

/**
 * What was found of a sentence: its best translation, or all of them if they were asked for.
 * @typedef {Pick<Part, "nbest" | "unknownAt">} Found
 */

/** Translates texts with one translator or several. */
export class TextTranslator {
  /** @param {import("./translator.js").Translator[]} translators */
  constructor(translators) {
    this.translators = translators;
    /** @type {Map<string, Found>} */
    this.kept = new Map();
  }

  /**
   * Translate a text. Between two steps of a search, something else can be done.
   * @param {string} text
   * @param {number} beam
   * @returns {Generator<Progress, void, void>}
   */
  *translate(text, beam) {
    const lines = text.split("\n");
    yield { lines: lines.length };
    let start = 0;
    for (const [line, content] of lines.entries()) {
      yield* this.translateLine(content, line, start, beam);
      start += content.length + 1;
    }
  }

  /**
   * @param {string} text
   * @param {number} line
   * @param {number} start
   * @param {number} beam
   * @returns {Generator<Progress, void, void>}
   */
  *translateLine(text, line, start, beam) {
    const sentences = splitSentences(text);
    const read = this.translators.map(({ memory, processor }) =>
      memory.find(text) === null ? sentencesWithin(processor, sentences) : [text],
    );
    /** @type {Part[][]} */
    const parts = read.map(() => []);
    let position = start;
    for (const [index, sentence] of sentences.entries()) {
      for (const folder of read.keys()) {
        if (index >= read[folder].length) continue;
        const place = { folder, line, index, start: position, source: read[folder][index] };
        const part = yield* this.translatePart(place, parts[folder], beam);
        parts[folder].push(part);
        yield { part };
      }
      position += sentence.length;
    }
    for (const [folder, sources] of read.entries()) {
      const isShortened = sources.join("").length < text.length;
      yield { end: lineEnd(folder, line, parts[folder], isShortened) };
    }
  }

  /**
   * @param {Pick<Part, "folder" | "line" | "index" | "start" | "source">} place
   * @param {Part[]} earlier  those of the same line
   * @param {number} beam
   * @returns {Generator<Progress, Part, void>}
   */
  *translatePart(place, earlier, beam) {
    const key = keyOf(place, beam);
    let found = this.kept.get(key);
    if (!found) {
      const search = this.search(place, beam, 1);
      let step = search.next();
      for (; !step.done; step = search.next()) {
        const tokens = step.value;
        yield { growing: () => this.grown(place, earlier, tokens) };
      }
      found = step.value;
    }
    this.keep(key, found);
    return { ...place, before: spaceBefore(earlier, found.nbest[0].translation), ...found };
  }

  /**
   * The translations of a sentence, best first, as many as the beam has. (The best alone is found
   * sooner.)
   * @param {Pick<Part, "folder" | "source">} place
   * @param {number} beam
   * @returns {Generator<number[], Translation[], void>}
   */
  *alternatives(place, beam) {
    const key = keyOf(place, beam);
    let found = this.kept.get(key);
    if (!found || found.nbest.length === 1) {
      found = yield* this.search(place, beam, beam);
      this.keep(key, found);
    }
    return found.nbest;
  }

  /**
   * @param {Pick<Part, "folder" | "line" | "index" | "start" | "source">} place
   * @param {Part[]} earlier  those of the same line
   * @param {number[]} tokens  that the search has written so far
   * @returns {Growing}
   */
  grown(place, earlier, tokens) {
    const text = this.translators[place.folder].partialText(place.source, tokens);
    return { ...place, before: spaceBefore(earlier, text), text };
  }

  /**
   * The search for one sentence, which yields the tokens that it has written so far.
   * @param {Pick<Part, "folder" | "source">} place
   * @param {number} beam
   * @param {number} size  the number of translations
   * @returns {Generator<number[], Found, void>}
   */
  *search({ folder, source }, beam, size) {
    const translator = this.translators[folder];
    const nbest = yield* translateRemembering(translator, source, { beam, nbest: size });
    return {
      nbest: nbest.map((each) => ({ ...each, attention: null, log_probabilities: undefined })),
      unknownAt: placesOf(nbest[0].unknown, source),
    };
  }

  /**
   * Keep what was found; forget what was not asked for the longest time.
   * @param {string} key
   * @param {Found} found
   */
  keep(key, found) {
    this.kept.delete(key);
    this.kept.set(key, found);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT) this.kept.delete(oldest);
  }
}

/**
 * @param {Pick<Part, "folder" | "source">} place
 * @param {number} beam
 * @returns {string}
 */
function keyOf({ folder, source }, beam) {
  return `${folder} ${beam} ${source}`;
}

/**
 * @param {Part[]} earlier
 * @param {string} text
 * @returns {string}
 */
function spaceBefore(earlier, text) {
  const texts = earlier.map((part) => part.nbest[0].translation).filter(Boolean);
  return separators([...texts.slice(-1), text]).at(-1) ?? "";
}

/**
 * @param {number} folder
 * @param {number} line
 * @param {Part[]} parts
 * @param {boolean} isShortened
 * @returns {LineEnd}
 */
function lineEnd(folder, line, parts, isShortened) {
  const best = parts.map((part) => part.nbest[0]);
  return {
    folder,
    line,
    count: parts.length,
    before: spacesBefore(best),
    cut: isShortened || best.some(({ cut }) => cut),
  };
}

/**
 * Where words stand in a sentence, [start, end).
 * @param {string[]} words  as the model reads them
 * @param {string} sentence
 * @returns {[number, number][]}
 */
function placesOf(words, sentence) {
  if (!words.length) return [];
  const sought = new Set(words);
  const offsets = [0];
  for (const character of sentence) offsets.push(offsets[offsets.length - 1] + character.length);
  return findWords(sentence)
    .filter(({ text }) => sought.has(text) || sought.has(normalize(text)))
    .map(({ start, end }) => [offsets[start], offsets[end]]);
}
