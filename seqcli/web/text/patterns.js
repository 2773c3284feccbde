/**
 * Python's patterns: see seqcli/web/pattern_tables.py.
 *
 * A text is matched as a string with one unit for each character, its class. So positions count
 * characters as in Python. A text that several patterns read is best classified once.
 */

import { CharacterClasses, codePoints, fromTables } from "./unicode.js";

/**
 * A match at [start, end). Groups without a name are named g1, g2 and so on; one that took no part
 * is undefined.
 * @typedef {{text: string, start: number, end: number,
 *   groups: Record<string, string | undefined>}} TextMatch
 */

/**
 * @typedef {object} CompiledPattern
 * @property {RegExp} anywhere
 * @property {RegExp} here
 * @property {RegExp} whole
 * @property {string[]} names  of the groups
 */

const FIRST_UNIT = 0x4e00; // of the first class; what follows are letters, which are no syntax

/** The characters of a text and their classes. */
export class ClassifiedText {
  /** @param {string} text */
  constructor(text) {
    const { classes } = patternClasses();
    this.characters = codePoints(text);
    this.units = this.characters
      .map((each) => unitOf(classes[/** @type {number} */ (each.codePointAt(0))]))
      .join("");
  }

  /**
   * The text at [start, end).
   * @param {number} start
   * @param {number} [end]
   */
  slice(start, end) {
    return this.characters.slice(start, end).join("");
  }
}

const patternClasses = fromTables(({ patterns }) => new CharacterClasses(patterns));
const compiledPatterns = fromTables(() => /** @type {Map<string, CompiledPattern>} */ (new Map()));
const patternSources = fromTables(({ patterns }) => patterns.patterns);

/**
 * The text with the classes of its characters, for several patterns.
 * @param {string | ClassifiedText} text
 */
export function classify(text) {
  return typeof text === "string" ? new ClassifiedText(text) : text;
}

/**
 * All matches of a pattern, from left to right.
 * @param {string} name
 * @param {string | ClassifiedText} text
 * @returns {TextMatch[]}
 */
export function findAll(name, text) {
  const classified = classify(text);
  const { anywhere, names } = compiledPattern(name);
  anywhere.lastIndex = 0; // from which `matchAll` begins
  return Array.from(classified.units.matchAll(anywhere), (each) =>
    toMatch(classified, each, names),
  );
}

/**
 * The first match at or behind a position.
 * @param {string} name
 * @param {string | ClassifiedText} text
 */
export function search(name, text, from = 0) {
  const { anywhere, names } = compiledPattern(name);
  return execute(anywhere, classify(text), from, names);
}

/**
 * The match that begins at a position.
 * @param {string} name
 * @param {string | ClassifiedText} text
 */
export function matchAt(name, text, position = 0) {
  const { here, names } = compiledPattern(name);
  return execute(here, classify(text), position, names);
}

/**
 * The match of the whole text at [from, to), of a text that ends there.
 * @param {string} name
 * @param {string | ClassifiedText} text
 * @param {number} [to]
 */
export function fullMatch(name, text, from = 0, to) {
  const { whole, names } = compiledPattern(name);
  return execute(whole, classify(text), from, names, to);
}

/**
 * The text with other texts in place of the matches of a pattern.
 * @param {string} name
 * @param {string} text
 * @param {(match: TextMatch) => string} replace
 */
export function replaceMatches(name, text, replace) {
  const classified = classify(text);
  const parts = [];
  let position = 0;
  for (const match of findAll(name, classified)) {
    parts.push(classified.slice(position, match.start), replace(match));
    position = match.end;
  }
  return position ? [...parts, classified.slice(position)].join("") : text;
}

/** @param {number} characterClass */
function unitOf(characterClass) {
  return String.fromCharCode(FIRST_UNIT + characterClass);
}

/** @param {string} name */
function compiledPattern(name) {
  const patterns = compiledPatterns();
  let pattern = patterns.get(name);
  if (pattern === undefined) {
    pattern = compilePattern(patternSources()[name]);
    patterns.set(name, pattern);
  }
  return pattern;
}

/**
 * @param {string} source
 * @returns {CompiledPattern}
 */
function compilePattern(source) {
  const names = Array.from(source.matchAll(/\(\?<(\w+)>/g), ([, name]) => name).filter(
    (name) => !/^a\d+$/.test(name), // the groups of what is possessive
  );
  const indices = names.length ? "d" : "";
  const pattern = source.replace(/\[(\d+)\]/g, (_, number) => setOfUnits(Number(number)));
  return {
    anywhere: new RegExp(pattern, `g${indices}`),
    here: new RegExp(pattern, `y${indices}`),
    whole: new RegExp(`(?:${pattern})$`, `y${indices}`),
    names,
  };
}

/**
 * A set in the syntax of regular expressions.
 * @param {number} number
 */
function setOfUnits(number) {
  const classes = patternClasses().sets[number];
  let ranges = "";
  for (let i = 0; i < classes.length; i += 2) {
    ranges += `${unitOf(classes[i])}-${unitOf(classes[i + 1])}`;
  }
  return `[${ranges}]`;
}

/**
 * @param {RegExp} pattern
 * @param {ClassifiedText} text
 * @param {number} from
 * @param {string[]} names
 * @param {number} [to]
 */
function execute(pattern, text, from, names, to) {
  pattern.lastIndex = from;
  const found = pattern.exec(text.units.slice(0, to));
  return found && toMatch(text, found, names);
}

/**
 * @param {ClassifiedText} text
 * @param {RegExpExecArray | RegExpMatchArray} found
 * @param {string[]} names
 * @returns {TextMatch}
 */
function toMatch(text, found, names) {
  const start = found.index ?? 0;
  const end = start + found[0].length;
  /** @type {Record<string, string | undefined>} */
  const groups = {};
  for (const name of names) {
    const span = found.indices?.groups?.[name];
    groups[name] = span && text.slice(...span);
  }
  return { text: text.slice(start, end), start, end, groups };
}
