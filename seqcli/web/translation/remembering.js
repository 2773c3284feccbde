/**
 * Texts whose translation a user has told: they need no search.
 *
 * (Counterparts: `TranslationMemory` in seqcli/corrections/memory.py, seqcli/decoding/remembering.py,
 * and `Translator.translate` in seqcli/decoding/translator.py.)
 */

import { fold, normalizeSource } from "../text/normalization.js";
import { splitSentences } from "../text/sentences.js";
import { joinNbest, sentencesWithin } from "./joining.js";
import { remembered } from "./translation.js";

/** @typedef {import("../types.js").Translation} Translation */
/** @typedef {import("./translator.js").Translator} Translator */
/** @typedef {{beam: number, nbest: number}} Size */
/** @typedef {Generator<number[], Translation[], void>} Search */

/** Translations that a user has told, by what `source_key` leaves of their sources. */
export class TranslationMemory {
  /**
   * @param {[string, string][]} corrections  keys and translations: seqcli/web/remembered.py
   * @param {string} locale
   */
  constructor(corrections, locale) {
    this.targets = new Map(corrections);
    this.locale = locale;
  }

  /**
   * The translation of this source, if it is known.
   * @param {string} text
   * @returns {string | null}
   */
  find(text) {
    if (!this.targets.size) return null;
    return this.targets.get(fold(normalizeSource(text), this.locale)) ?? null;
  }
}

/**
 * The translations of a line or of one of its sentences, best first: what was told, and after it up
 * to `nbest` - 1 others; or those of the model alone, which takes the text for one sentence.
 * @param {Translator} translator
 * @param {string} text
 * @param {Size} size
 * @returns {Search}
 */
export function* translateRemembering(translator, text, size) {
  return yield* lookUp(translator, text, size, translateSentences);
}

/**
 * @param {Translator} translator
 * @param {string} text
 * @param {Size} size
 * @param {typeof translateSentence} findOthers
 * @returns {Search}
 */
function* lookUp(translator, text, size, findOthers) {
  const target = translator.memory.find(text);
  if (target === null) return yield* translateSentence(translator, text, size);
  const others = size.nbest > 1 ? yield* findOthers(translator, text, size) : [];
  return [
    remembered(text, target, translator.hasConfidence),
    ...others.filter(({ translation }) => translation !== target),
  ].slice(0, size.nbest);
}

/**
 * @param {Translator} translator
 * @param {string} text
 * @param {Size} size
 * @returns {Search}
 */
function* translateSentence(translator, text, size) {
  return yield* translator.translate(text, size);
}

/**
 * The translations of a line that are joined from those of its sentences.
 * @param {Translator} translator
 * @param {string} line
 * @param {Size} size
 * @returns {Search}
 */
function* translateSentences(translator, line, size) {
  const sentences = sentencesWithin(translator.processor, splitSentences(line));
  if (sentences[0] === line) return yield* translateSentence(translator, line, size);
  const found = [];
  for (const each of sentences) {
    found.push(yield* lookUp(translator, each, size, translateSentence));
  }
  return joinNbest(line, found);
}
