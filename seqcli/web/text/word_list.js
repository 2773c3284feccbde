/**
 * The words of the training sources: what a model has seen, and which words it carries over.
 *
 * The counterpart of seqcli/data/word_list.py.
 */

import { fold, normalizeSource } from "./normalization.js";
import { codePoints, lengthOf } from "./unicode.js";

const NAME_SIGN = "\t=";

// An unseen word is read in pieces if it is made of seen parts of this length, or of one such part
// and an ending that many seen words have.
const MIN_PART = 4;
const MAX_ENDING = 4;
const MIN_WORDS_OF_ENDING = 0.002; // share of the seen words; at least 5 words
const LONGEST_WORD = 100; // characters; longer ones are of no language

const MAX_SPELLED = 10_000; // words whose spelling is kept

// As `str.splitlines` of Python.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they end lines
const END_OF_LINE = /\r\n|[\n-\r\x1c-\x1e\x85\u2028\u2029]/;

/** Folded words of the training sources, most frequent first, and the names among them. */
export class WordList {
  /**
   * @param {string[]} words
   * @param {Set<string>} names
   * @param {string} locale
   */
  constructor(words, names, locale) {
    this.names = names;
    this.locale = locale;
    this.known = new Set(words);
    /** @type {Map<string, string>} */
    this.spelled = new Map();
    // No known word with an ending is longer.
    const longest = words.reduce((length, word) => Math.max(length, lengthOf(word)), 0);
    this.longest = Math.min(longest, LONGEST_WORD) + MAX_ENDING;
    /** @type {string[] | null} */
    this.frequentEndings = null;
  }

  /**
   * The list of a `WordList.to_text` of Python.
   * @param {string} text
   * @param {string} locale
   */
  static fromText(text, locale) {
    const lines = text.split(END_OF_LINE);
    const words = lines.map((line) => line.replaceAll(NAME_SIGN, "")).filter(Boolean);
    const names = lines
      .filter((line) => line.endsWith(NAME_SIGN))
      .map((line) => line.slice(0, -NAME_SIGN.length));
    return new WordList(words, new Set(names.filter(Boolean)), locale);
  }

  /**
   * Whether a word was in a training source, in any case.
   * @param {string} word
   */
  isKnown(word) {
    return this.known.has(this.spell(word));
  }

  /**
   * Whether a word is carried over: a name, or a new word not made of known parts.
   * @param {string} word
   */
  isCarried(word) {
    const folded = this.spell(word);
    if (this.known.has(folded)) return this.names.has(folded);
    return !this.hasKnownParts(folded);
  }

  /**
   * A word as it is spelled in the list. Spellings are kept, since each word is asked for several
   * times.
   * @param {string} word
   */
  spell(word) {
    let spelled = this.spelled.get(word);
    if (spelled === undefined) {
      spelled = fold(normalizeSource(word), this.locale);
      if (this.spelled.size >= MAX_SPELLED) this.spelled.clear();
      if (word.length <= LONGEST_WORD) this.spelled.set(word, spelled);
    }
    return spelled;
  }

  /**
   * The endings that many known words have beside the same word without it.
   * @returns {string[]}
   */
  endings() {
    if (this.frequentEndings === null) {
      /** @type {Map<string, number>} */
      const counts = new Map();
      for (const word of this.known) countEndings(word, this.known, counts);
      const least = Math.max(5, MIN_WORDS_OF_ENDING * this.known.size);
      this.frequentEndings = [...counts.keys()].filter(
        (ending) => Number(counts.get(ending)) >= least,
      );
    }
    return this.frequentEndings;
  }

  /**
   * Whether a word is made of known parts, and so is read in pieces.
   * @param {string} word  as it is spelled in the list
   */
  hasKnownParts(word) {
    const characters = codePoints(word);
    // (So that a hostile word takes no time.)
    if (characters.length > 2 * this.longest) return false;
    for (let place = MIN_PART; place < characters.length; place++) {
      const part = characters.slice(0, place).join("");
      if (this.isPart(part) && this.mayFollow(characters.slice(place).join(""))) return true;
    }
    return this.hasOtherEnding(word, characters.length);
  }

  /**
   * Whether a text is a known word and no name.
   * @param {string} text
   */
  isPart(text) {
    return this.known.has(text) && !this.names.has(text);
  }

  /**
   * Whether a text may follow a known part in a word that is read in pieces.
   * @param {string} rest
   */
  mayFollow(rest) {
    if (this.endings().includes(rest)) return true;
    return lengthOf(rest) >= MIN_PART && this.isPart(rest);
  }

  /**
   * Whether a word is known with another ending.
   * @param {string} word
   * @param {number} length  in code points
   */
  hasOtherEnding(word, length) {
    return this.endings().some((ending) => {
      if (!word.endsWith(ending) || length - lengthOf(ending) < MIN_PART) return false;
      const stem = word.slice(0, word.length - ending.length);
      return this.endings().some((other) => this.known.has(stem + other));
    });
  }
}

/**
 * Count the endings of a word without which it is known too.
 * @param {string} word
 * @param {Set<string>} known
 * @param {Map<string, number>} counts
 */
function countEndings(word, known, counts) {
  const characters = codePoints(word);
  for (let length = 1; length <= Math.min(MAX_ENDING, characters.length - MIN_PART); length++) {
    if (known.has(characters.slice(0, -length).join(""))) {
      const ending = characters.slice(-length).join("");
      counts.set(ending, (counts.get(ending) ?? 0) + 1);
    }
  }
}
