/**
 * What the page says of translations.
 *
 * (Counterparts: seqcli/decoding/unread.py, seqcli/views/inspection.py, and `explain_fault` in
 * seqcli/cli/streams.py.)
 */

import { printable } from "./pieces.js";

/** @typedef {import("../types.js").Translation} Translation */

// A translation with a lower confidence is doubtful.
export const DOUBTFUL = 0.5;
const SURE = 0.8;
const MOST_NAMED = 10; // words in a message
const LONGEST_SHOWN = 60; // characters of a word in a message

const FAULTS = {
  limit: "cut off at the length limit",
  repetition: "stuck repeating, and cut off",
  missing: "a name, number or the like of the source is not in the translation",
  misplaced: "a name, number or the like may stand in the wrong place",
  foreign: "no word that the model knows; left as it was",
  cut: "too long: only its beginning was read",
};

/**
 * @param {number} confidence
 * @returns {"high" | "fair" | "low"}
 */
export function confidenceLevel(confidence) {
  if (confidence < DOUBTFUL) return "low";
  return confidence < SURE ? "fair" : "high";
}

/**
 * What may be wrong with a translation.
 * @param {Translation} translation
 * @returns {string[]}
 */
export function faultsOf(translation) {
  const { stopped_by: stoppedBy, missing, misplaced } = translation;
  return [
    ...(stoppedBy === "eos" ? [] : [FAULTS[stoppedBy]]),
    ...(translation.cut ? [FAULTS.cut] : []),
    ...(missing.length ? [`${FAULTS.missing}: ${namesOf(missing)}`] : []),
    ...(misplaced.length ? [`${FAULTS.misplaced}: ${namesOf(misplaced)}`] : []),
    ...(translation.foreign ? [FAULTS.foreign] : []),
  ];
}

/**
 * What was carried over, and what was translated by word vectors.
 * @param {Translation} translation
 * @returns {string[]}
 */
export function carriedOver({ copied }) {
  const kept = copied.filter((copy) => !copy.source).map((copy) => copy.text);
  const guessed = copied
    .filter((copy) => copy.source)
    .map((copy) => `${copy.source} (${copy.text})`);
  return [
    ...(kept.length ? [`carried over unchanged: ${namesOf(kept)}`] : []),
    ...(guessed.length ? [`translated by word vectors, as a guess: ${namesOf(guessed)}`] : []),
  ];
}

/**
 * What the model did not know in the sources of translations.
 * @param {Translation[]} translations
 * @returns {string[]}
 */
export function unreadMessages(translations) {
  const words = new Set(translations.flatMap((each) => each.unknown));
  const marks = new Set(translations.flatMap((each) => [...each.dropped]));
  return [
    ...(words.size
      ? [
          `${plural(words.size, "word")} ${words.size === 1 ? "was" : "were"} not in the training ` +
            `pairs${within(translations, ({ unknown }) => unknown.length)}: ${namesOf([...words])}`,
        ]
      : []),
    ...(marks.size
      ? [
          "punctuation that the training pairs do not have was not read" +
            `${within(translations, ({ dropped }) => dropped.length)}: ${[...marks].sort().join(" ")}`,
        ]
      : []),
  ];
}

/**
 * In how many of several sentences something is.
 * @param {Translation[]} translations
 * @param {(translation: Translation) => number} count
 * @returns {string}
 */
function within(translations, count) {
  if (translations.length < 2) return "";
  const found = translations.filter(count).length;
  return `, in ${grouped(found)} of ${plural(translations.length, "sentence")}`;
}

/**
 * @param {number} number
 * @param {string} noun
 * @returns {string}
 */
function plural(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * A number with commas between groups of three digits. (`toLocaleString` takes long the first time.)
 * @param {number} number
 * @returns {string}
 */
export function grouped(number) {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/**
 * @param {string[]} names
 * @returns {string}
 */
function namesOf(names) {
  const shown = names
    .slice(0, MOST_NAMED)
    .map((name) => printable(shortenedText(name, LONGEST_SHOWN)));
  return shown.join(", ") + (names.length > MOST_NAMED ? ", …" : "");
}

/**
 * @param {string} text
 * @param {number} longest
 * @returns {string}
 */
export function shortenedText(text, longest) {
  const characters = [...text.slice(0, 2 * longest + 2)];
  return characters.length > longest ? `${characters.slice(0, longest).join("")}…` : text;
}

/**
 * The direction of a translator, "English → German", as far as its languages are known.
 * @param {string[]} languages
 * @returns {string}
 */
export function directionOf(languages) {
  return languages.length === 2 && languages.every(Boolean)
    ? languages.map(languageName).join(" → ")
    : "";
}

/**
 * @param {string} code  such as "de", or a name
 * @returns {string}
 */
function languageName(code) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
