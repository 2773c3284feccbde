/**
 * The sentences of a text. The same as seqcli/decoding/sentences.py, whose rules are a table.
 */

import { classify, findAll, matchAt, search } from "./patterns.js";
import { fromTables, isIn, lengthOf, lower } from "./unicode.js";

/**
 * `page_rules` in seqcli/decoding/sentences.py.
 * @typedef {object} SentenceRules
 * @property {Record<string, string>} characters
 * @property {Record<string, string>} openers  of each closing mark
 * @property {string[]} before_name
 * @property {string[]} before_number
 * @property {string[]} may_end
 * @property {string[]} starters
 */

/** @typedef {import("./patterns.js").TextMatch} TextMatch */

const LONGEST_LAST_WORD = 30; // characters before a full stop that are read

const sentenceRules = fromTables(({ sentences }) => ({
  characters: sentences.characters,
  openers: new Map(Object.entries(sentences.openers)),
  beforeName: new Set(sentences.before_name),
  beforeNumber: new Set(sentences.before_number),
  mayEnd: new Set(sentences.may_end),
  starters: new Set(sentences.starters),
}));

/**
 * The sentences of a text, each with the white space after it; joined they are the text.
 * @param {string} text
 */
export function splitSentences(text) {
  const classified = classify(text);
  const isSplit = ["sentencePunctuation", "endMark"].every((name) => hasInside(name, classified));
  return isSplit ? new Splitter(classified).sentences() : [text];
}

/**
 * Whether the text has a mark before a letter.
 * @param {string} name  the pattern of the mark
 * @param {import("./patterns.js").ClassifiedText} text
 */
function hasInside(name, text) {
  const first = search(name, text);
  return first !== null && search("sentenceLetter", text, first.end) !== null;
}

/** Finds the sentences of one text. */
class Splitter {
  /** @param {import("./patterns.js").ClassifiedText} text */
  constructor(text) {
    this.text = text;
    this.characters = text.characters;
    this.rules = sentenceRules();
    this.openedAt = matchPairs(this.characters, this.rules.openers);
    this.openings = new Set(this.openedAt.values());
    let depth = 0;
    // Pairs that are open after each character.
    this.depths = this.characters.map((_, i) => {
      depth += Number(this.openings.has(i)) - Number(this.openedAt.has(i));
      return depth;
    });
    this.starts = [0];
  }

  sentences() {
    const letters = findAll("sentenceLetter", this.text).map((match) => match.start);
    let firstLetter = 0; // of the sentence, an index into `letters`
    for (const mark of findAll("endMark", this.text)) {
      const end = this.afterClosers(mark.end);
      const start = this.afterSpaces(end);
      if (start > letters[letters.length - 1]) break;
      const isLower = isIn("lower", this.characters[letters[firstLetter]]);
      if (letters[firstLetter] < mark.start && this.isEnd(mark, end, start, isLower)) {
        this.starts.push(start);
        while (letters[firstLetter] < start) firstLetter++;
      }
    }
    return this.starts.map((start, i) => this.text.slice(start, this.starts[i + 1]));
  }

  /**
   * The position after the closing marks and emoji at a position.
   * @param {number} position
   */
  afterClosers(position) {
    const { characters } = this;
    const { closers } = this.rules.characters;
    while (position < characters.length) {
      const afterSpaces = this.afterSpaces(position);
      const isCloser = closers.includes(characters[position]) && !this.openings.has(position);
      if (isCloser || this.openedAt.has(position)) {
        position++;
      } else if (this.openedAt.has(afterSpaces) && characters[afterSpaces] === "»") {
        position = afterSpaces + 1; // as in French
      } else {
        const emoji = matchAt("sentenceEmoji", this.text, position);
        if (!emoji) break;
        position = emoji.end;
      }
    }
    return position;
  }

  /**
   * Whether a sentence, `isLower` if its first letter is, ends with this mark and closing marks up
   * to `end`, before the text at `start`.
   * @param {TextMatch} mark
   * @param {number} end
   * @param {number} start
   * @param {boolean} isLower
   */
  isEnd(mark, end, start, isLower) {
    const { continuations, ellipsis } = this.rules.characters;
    const next = this.characters[start];
    const found = matchAt("firstWord", this.text, start);
    if (
      found === null ||
      this.depths[end - 1] ||
      continuations.includes(next) ||
      (end === start && !this.needsNoSpace(mark, next))
    ) {
      return false;
    }
    const word = found.groups.g1 ?? "";
    if (isIn("lower", word) && !isLower && !"¿¡".includes(next)) return false;
    const isUpper = isIn("upper", word);
    if (!(isUpper || isIn("digit", word)) && this.isSpeech(mark.end, end, start)) return false;
    if (mark.text === ".") return this.isFullStop(mark.start, start, word, found.end);
    const isEllipsis = [...mark.text].every((each) => each === " " || ellipsis.includes(each));
    return !isEllipsis || end > mark.end || (isUpper && word !== "I");
  }

  /**
   * @param {TextMatch} mark
   * @param {string} next
   */
  needsNoSpace(mark, next) {
    if (this.rules.characters.unspaced_marks.includes(this.characters[mark.end - 1])) return true;
    const before = this.characterBefore(mark.start);
    return [before, next].every((each) => matchAt("eastAsianLetter", each) !== null);
  }

  /**
   * Whether the marks from `first` to `end` close a quotation in a sentence that continues, as
   * after speech that no colon or comma introduces.
   * @param {number} first
   * @param {number} end
   * @param {number} start
   */
  isSpeech(first, end, start) {
    const { quotes, introductions } = this.rules.characters;
    /** @param {number} i */
    const isQuote = (i) => quotes.includes(this.characters[i]);
    let closer = end - 1;
    while (closer >= first && !(this.openedAt.has(closer) && isQuote(closer))) closer--;
    if (closer < first || (this.openings.has(start) && isQuote(start))) return false;
    const before = this.characterBefore(this.openedAt.get(closer) ?? 0);
    return !before || !introductions.includes(before);
  }

  /**
   * The last character of the sentence before a position, spaces aside; empty if there is none.
   * @param {number} position
   */
  characterBefore(position) {
    const begin = this.starts[this.starts.length - 1];
    while (position > begin && isIn("space", this.characters[position - 1])) position--;
    return position > begin ? this.characters[position - 1] : "";
  }

  /**
   * Whether the single full stop at a position ends a sentence before the text at `start`, whose
   * first word ends at `wordEnd`.
   * @param {number} position
   * @param {number} start
   * @param {string} nextWord
   * @param {number} wordEnd
   */
  isFullStop(position, start, nextWord, wordEnd) {
    const { rules, characters } = this;
    if (position && matchAt("thaiLetter", characters[position - 1])) return false;
    const begin = Math.max(this.starts[this.starts.length - 1], position - LONGEST_LAST_WORD);
    const last = search("lastWord", this.text.slice(begin, position));
    const word = (last?.text ?? "").replace(/^['’]+/, "");
    const name = lower(word);
    if (rules.beforeName.has(name)) return false;
    if (rules.beforeNumber.has(name) && isIn("digit", characters[start])) return false;
    if (!rules.mayEnd.has(name) && !mayContinue(word)) return true;
    const length = lengthOf(word);
    const isInitial = lengthOf(nextWord) === 1 && characters[wordEnd] === ".";
    const isItem = !this.characterBefore(position - length); // as in: 1. Open the door.
    return (
      isIn("upper", nextWord) &&
      rules.starters.has(lower(nextWord)) &&
      !isInitial &&
      !(isItem && length < 4)
    );
  }

  /**
   * The position after the spaces at a position.
   * @param {number} position
   */
  afterSpaces(position) {
    const { characters } = this;
    while (position < characters.length && isIn("space", characters[position])) position++;
    return position;
  }
}

/**
 * Whether a word with a full stop after it may be an initial, an abbreviation with full stops in
 * it, or an ordinal.
 * @param {string} word
 */
function mayContinue(word) {
  const parts = word.split(".").map((part) => [...part]);
  const characters = [...word];
  /** @type {(set: string, part: string[]) => boolean} */
  const isShort = (set, part) =>
    part.length > 0 && part.length < 4 && part.every((each) => isIn(set, each));
  return (
    (parts.length > 1 && parts.every((part) => isShort("alpha", part))) ||
    (characters.length === 1 && (isIn("upper", word) || isIn("lower", word))) ||
    isShort("digit", characters) ||
    /^[IVXLC]+$/.test(word)
  );
}

/**
 * The position of the opening mark for the position of each closing mark that has one.
 * @param {string[]} characters
 * @param {Map<string, string>} openers
 */
function matchPairs(characters, openers) {
  /** @type {Map<number, number>} */
  const openedAt = new Map();
  /** @type {Map<string, number[]>} */
  const opened = new Map(); // positions without a closing mark so far
  for (const each of [...openers.values()].flatMap((marks) => [...marks])) opened.set(each, []);
  characters.forEach((character, position) => {
    const candidates = [...(openers.get(character) ?? "")]
      .map((opener) => opened.get(opener) ?? [])
      .filter((positions) => positions.length);
    if (candidates.length) {
      candidates.sort((a, b) => b[b.length - 1] - a[a.length - 1]);
      openedAt.set(position, candidates[0].pop() ?? 0);
    } else {
      opened.get(character)?.push(position);
    }
  });
  return openedAt;
}
