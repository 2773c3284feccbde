/**
 * Text in one spelling, without loss of meaning; text without differences of case. The same as
 * seqcli/data/normalization.py.
 */

import { nfc, nfd } from "./composition.js";
import { findAll, fullMatch, matchAt, replaceMatches, search } from "./patterns.js";
import { codePoints, fromTables, lower, readTexts, splitSpaces, strip } from "./unicode.js";

const PLAIN = /^[ -~]*$/; // ASCII without controls
const FLAG_BASE = "\u{1f3f4}";

const usualForms = fromTables(({ unicode }) => {
  const texts = readTexts(unicode.usual_forms);
  for (const [pair, text] of Object.entries(unicode.usual_pairs)) texts.set(pair, text);
  return texts;
});

/**
 * The text in NFC, stripped, without invisible characters; tabs and line ends become spaces.
 * @param {string} text
 */
export function normalize(text) {
  if (PLAIN.test(text)) return strip(text);
  const composed = nfc(text);
  return strip(search("invisible", composed) ? dropInvisible(composed) : composed);
}

/**
 * `normalize`, and width, ligatures, quotes, dashes and white space in the usual form.
 * @param {string} text
 */
export function normalizeSource(text) {
  if (PLAIN.test(text)) return splitSpaces(text.replaceAll("`", "'")).join(" ");
  let read = splitSpaces(normalize(text)).join(" ");
  if (read.includes(" ")) read = replaceMatches("eastAsianSpace", read, () => "");
  return nfc(replaceMatches("replaceable", read, (match) => usualForm(match.text)));
}

/**
 * The text in lower case and NFC, to compare words; the locale is a BCP 47 tag.
 * @param {string} text
 */
export function fold(text, locale = "") {
  const language = lower(locale.split(/[-_]/)[0]);
  let read = text;
  if (language === "tr" || language === "az") {
    read = nfc(text).replaceAll("I", "ı").replaceAll("İ", "i");
  }
  read = lower(read);
  if (PLAIN.test(read)) return read;
  if (language === "lt") {
    read = replaceMatches(
      "lithuanianDot",
      nfd(read),
      ({ groups }) => (groups.g1 ?? "") + (groups.g2 ? "\u0307" : ""),
    );
  } else if (read.includes("\u0307")) {
    read = replaceMatches("dotOfI", nfd(read), ({ groups }) => groups.g1 ?? "");
  }
  return nfc(read);
}

/** @param {string} text */
function dropInvisible(text) {
  const dropped = replaceMatches("dropped", text, () => "");
  let longer = nfc(replaceMatches("break", dropped, () => " "));
  // What is dropped may make new neighbours of others, hence the loop.
  for (;;) {
    const shorter = nfc(dropUnneeded(longer));
    if (shorter === longer) return longer;
    longer = shorter;
  }
}

/** @param {string} text */
function dropUnneeded(text) {
  const characters = codePoints(text);
  const parts = [];
  let position = 0;
  for (const run of findAll("conditional", text)) {
    const before = characters[run.start - 1] ?? "";
    parts.push(characters.slice(position, run.start).join(""));
    parts.push(neededOfRun(before, run.text, characters[run.end] ?? ""));
    position = run.end;
  }
  return [...parts, characters.slice(position).join("")].join("");
}

/**
 * The invisible characters of a run that are needed between two characters, each once.
 * @param {string} before
 * @param {string} run
 * @param {string} after
 */
function neededOfRun(before, run, after) {
  const tags = before === FLAG_BASE ? matchAt("flagTags", run) : null;
  if (tags) return tags.text;
  /** @type {Map<string, boolean>} */
  const known = new Map();
  let needed = "";
  for (const character of run) {
    let isNeeded = known.get(character);
    if (isNeeded === undefined) {
      isNeeded = fullMatch("needed", before + character + after) !== null;
      known.set(character, isNeeded);
    }
    if (isNeeded && !needed.endsWith(character)) needed += character;
  }
  return needed;
}

/** @param {string} text */
function usualForm(text) {
  const forms = usualForms();
  return (
    forms.get(text) ??
    codePoints(text)
      .map((each) => forms.get(each) ?? each)
      .join("")
  );
}
