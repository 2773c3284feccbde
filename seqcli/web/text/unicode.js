/**
 * What Python knows of characters, and its methods of texts.
 *
 * A browser may know another version of Unicode, so all is in tables: see
 * seqcli/web/unicode_tables.py and seqcli/web/character_sets.py.
 */

/**
 * The first and the last class of each run of classes, for each set.
 * @typedef {{runs: number[], sets: number[][]}} ClassTable
 */

/**
 * @typedef {object} UnicodeTable
 * @property {string[]} names  of the sets
 * @property {number[]} lower
 * @property {number[]} upper
 * @property {number[]} decompositions
 * @property {string} excluded
 * @property {Record<string, number[]>} combining
 * @property {number[]} usual_forms
 * @property {Record<string, string>} usual_pairs
 */

/**
 * @typedef {object} TextTables
 * @property {ClassTable & UnicodeTable} unicode
 * @property {ClassTable & {patterns: Record<string, string>}} patterns
 * @property {import("./sentences.js").SentenceRules} sentences
 */

/** @type {TextTables | undefined} */
let loadedTables;

/**
 * Set the tables, before anything else of a text is asked for.
 * @param {TextTables} tables
 */
export function loadText(tables) {
  loadedTables = tables;
}

/**
 * A function that gives a value, which is made of the tables when it is first needed.
 * @template T
 * @param {(tables: TextTables) => T} make
 * @returns {() => T}
 */
export function fromTables(make) {
  /** @type {T | undefined} */
  let value;
  return () => {
    if (value === undefined) {
      if (loadedTables === undefined) throw new Error("loadText has not been called");
      value = make(loadedTables);
    }
    return value;
  };
}

const CODE_POINTS = 0x110000;

/** The class of each character, and the classes of sets of characters. */
export class CharacterClasses {
  /** @param {ClassTable} table */
  constructor({ runs, sets }) {
    this.classes = new Uint16Array(CODE_POINTS);
    this.sets = sets;
    this.count = 0;
    let start = 0;
    for (let i = 0; i < runs.length; i += 2) {
      this.classes.fill(runs[i + 1], start, start + runs[i]);
      this.count = Math.max(this.count, runs[i + 1] + 1);
      start += runs[i];
    }
  }

  /**
   * For each class, whether it is in a set.
   * @param {number} number
   */
  members(number) {
    const inside = new Uint8Array(this.count);
    const set = this.sets[number];
    for (let i = 0; i < set.length; i += 2) inside.fill(1, set[i], set[i + 1] + 1);
    return inside;
  }
}

const characterSets = fromTables(({ unicode }) => {
  const all = new CharacterClasses(unicode);
  const sets = new Map(unicode.names.map((name, number) => [name, all.members(number)]));
  return { classes: all.classes, sets };
});

/**
 * Whether a character is in a set: "space", "alpha", "alnum", "upper", "lower", "digit" (as the
 * methods of Python's `str` tell), "punctuation", "unspaced", and for a final sigma "cased" or
 * "skipped". The empty text is in none.
 * @param {string} set
 * @param {string} character
 */
export function isIn(set, character) {
  const { classes, sets } = characterSets();
  const members = sets.get(set);
  if (members === undefined) throw new Error(`no set ${set}`);
  const code = character.codePointAt(0);
  return code !== undefined && members[classes[code]] === 1;
}

/**
 * The texts of characters: see seqcli/web/unicode_tables.py.
 * @param {number[]} table
 */
export function readTexts(table) {
  /** @type {Map<string, string>} */
  const texts = new Map();
  let code = 0;
  let first = 0;
  for (let i = 0; i < table.length; ) {
    const end = i + 2 + table[i + 1];
    code += table[i];
    first += table[i + 2];
    texts.set(String.fromCodePoint(code), String.fromCodePoint(first, ...table.slice(i + 3, end)));
    i = end;
  }
  return texts;
}

const lowerForms = fromTables(({ unicode }) => readTexts(unicode.lower));
const upperForms = fromTables(({ unicode }) => readTexts(unicode.upper));

/**
 * `str.lower`.
 * @param {string} text
 */
export function lower(text) {
  const forms = lowerForms();
  const characters = codePoints(text);
  return characters
    .map((each, i) => (each === "Σ" && isFinal(characters, i) ? "ς" : (forms.get(each) ?? each)))
    .join("");
}

/**
 * Whether the sigma at a position ends a word.
 * @param {string[]} characters
 * @param {number} position
 */
function isFinal(characters, position) {
  let before = position - 1;
  while (before >= 0 && isIn("skipped", characters[before])) before--;
  if (before < 0 || !isIn("cased", characters[before])) return false;
  let after = position + 1;
  while (after < characters.length && isIn("skipped", characters[after])) after++;
  return after === characters.length || !isIn("cased", characters[after]);
}

/**
 * `str.upper` of one character, which may be several then.
 * @param {string} character
 */
export function upperCharacter(character) {
  return upperForms().get(character) ?? character;
}

/**
 * The characters of a text, as Python counts them.
 * @param {string} text
 */
export function codePoints(text) {
  return [...text];
}

/**
 * The number of characters, as Python counts them.
 * @param {string} text
 */
export function lengthOf(text) {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/**
 * The order of two texts in Python: negative if the first one is before the second one.
 * @param {string} a
 * @param {string} b
 */
export function compareCodePoints(a, b) {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  /** @param {number} at */
  const difference = (at) => (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
  // (The second half of a character may differ alone.)
  const isHalf = i > 0 && (a.charCodeAt(i - 1) & 0xfc00) === 0xd800;
  return (isHalf && difference(i - 1)) || difference(i);
}

/**
 * `str.strip`, without characters.
 * @param {string} text
 */
export function strip(text) {
  let start = 0;
  let end = text.length;
  while (start < end && isIn("space", text[start])) start++;
  while (end > start && isIn("space", text[end - 1])) end--;
  return text.slice(start, end);
}

/**
 * `str.split`, without a separator.
 * @param {string} text
 */
export function splitSpaces(text) {
  const parts = [];
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && !isIn("space", text[i])) continue;
    if (i > start) parts.push(text.slice(start, i));
    start = i + 1;
  }
  return parts;
}
