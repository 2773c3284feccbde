/**
 * The normal forms NFC and NFD of Unicode (Standard Annex 15), as Python's `unicodedata.normalize`.
 */

import { fromTables, readTexts } from "./unicode.js";

// The parts of a Hangul syllable: a first consonant, a vowel, and maybe a last consonant.
const HANGUL = { syllable: 0xac00, first: 0x1100, vowel: 0x1161, last: 0x11a7 };
const FIRSTS = 19;
const VOWELS = 21;
const LASTS = 28; // with none
const UNCHANGED = /^[\0-\u02ff]*$/; // such text is in NFC, in all versions of Unicode

const combiningClasses = fromTables(({ unicode }) => {
  /** @type {Map<number, number>} */
  const classes = new Map();
  for (const [combiningClass, runs] of Object.entries(unicode.combining)) {
    for (let i = 0; i < runs.length; i += 2) {
      for (let j = 0; j < runs[i + 1]; j++) classes.set(runs[i] + j, Number(combiningClass));
    }
  }
  return classes;
});

const decompositions = fromTables(({ unicode }) => {
  const texts = readTexts(unicode.decompositions);
  /** @type {Map<number, number[]>} */
  const codes = new Map();
  /** @type {(character: string) => string[]} */
  const parts = (character) => [...(texts.get(character) ?? "")].flatMap(wholly);
  /** @type {(character: string) => string[]} */
  const wholly = (character) => (texts.has(character) ? parts(character) : [character]);
  for (const character of texts.keys()) codes.set(codeOf(character), parts(character).map(codeOf));
  return codes;
});

const compositions = fromTables(({ unicode }) => {
  const excluded = new Set(unicode.excluded);
  /** @type {Map<number, number>} */
  const composed = new Map();
  for (const [character, text] of readTexts(unicode.decompositions)) {
    const [first, second] = [...text].map(codeOf);
    if (second === undefined || excluded.has(character)) continue;
    composed.set(pairKey(first, second), codeOf(character));
  }
  return composed;
});

/**
 * The text in NFC.
 * @param {string} text
 */
export function nfc(text) {
  return UNCHANGED.test(text) ? text : fromCodes(composed(decomposed(text)));
}

/**
 * The text in NFD.
 * @param {string} text
 */
export function nfd(text) {
  return fromCodes(decomposed(text));
}

/** @param {string} character */
function codeOf(character) {
  return /** @type {number} */ (character.codePointAt(0));
}

/** @param {number[]} codes */
function fromCodes(codes) {
  return codes.map((code) => String.fromCodePoint(code)).join("");
}

/**
 * A key for two code points.
 * @param {number} first
 * @param {number} second
 */
function pairKey(first, second) {
  return first * 0x110000 + second;
}

/**
 * The code points of a text in NFD.
 * @param {string} text
 */
function decomposed(text) {
  const parts = decompositions();
  const classes = combiningClasses();
  const codes = [...text].map(codeOf).flatMap((code) => parts.get(code) ?? hangulParts(code));
  /** @param {number} code */
  const classOf = (code) => classes.get(code) ?? 0;
  for (let start = 0; start < codes.length; start++) {
    let end = start;
    while (end < codes.length && classOf(codes[end])) end++;
    if (end - start > 1) {
      const marks = codes.slice(start, end).sort((a, b) => classOf(a) - classOf(b));
      for (let i = 0; i < marks.length; i++) codes[start + i] = marks[i];
    }
    start = end;
  }
  return codes;
}

/**
 * The parts of a Hangul syllable; another character alone.
 * @param {number} code
 */
function hangulParts(code) {
  const index = code - HANGUL.syllable;
  if (index < 0 || index >= FIRSTS * VOWELS * LASTS) return [code];
  const parts = [
    HANGUL.first + Math.floor(index / (VOWELS * LASTS)),
    HANGUL.vowel + (Math.floor(index / LASTS) % VOWELS),
  ];
  return index % LASTS ? [...parts, HANGUL.last + (index % LASTS)] : parts;
}

/**
 * The code points of a text in NFC, given those in NFD.
 * @param {number[]} codes
 */
function composed(codes) {
  const classes = combiningClasses();
  /** @type {number[]} */
  const result = [];
  let starter = -1; // the index of the last character that marks belong to
  let lastClass = 0;
  for (const code of codes) {
    const combiningClass = classes.get(code) ?? 0;
    const isFree = starter === result.length - 1 || lastClass < combiningClass;
    const whole = starter >= 0 && isFree ? compose(result[starter], code) : undefined;
    if (whole !== undefined) {
      result[starter] = whole;
      continue;
    }
    if (combiningClass === 0) starter = result.length;
    lastClass = combiningClass;
    result.push(code);
  }
  return result;
}

/**
 * The character that two characters make, if there is one.
 * @param {number} first
 * @param {number} second
 */
function compose(first, second) {
  const consonant = first - HANGUL.first;
  const vowel = second - HANGUL.vowel;
  if (consonant >= 0 && consonant < FIRSTS && vowel >= 0 && vowel < VOWELS) {
    return HANGUL.syllable + (consonant * VOWELS + vowel) * LASTS;
  }
  const index = first - HANGUL.syllable;
  const last = second - HANGUL.last;
  const isOpen = index >= 0 && index < FIRSTS * VOWELS * LASTS && index % LASTS === 0;
  if (isOpen && last > 0 && last < LASTS) return first + last;
  return compositions().get(pairKey(first, second));
}
