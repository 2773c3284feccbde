/**
 * Marks of a source, such as tags and emoji, put into its translation by the attention weights.
 *
 * The port of seqcli/decoding/markup.py, with tags.js and insertions.js, for sources that are not heard word by word.
 */

import { matchAt } from "../text/patterns.js";
import { codePoints, isIn } from "../text/unicode.js";
import { findWords } from "../text/words.js";
import { spansOfPieces } from "./insertions.js";
import { openingsOf, pairTags, tagOf } from "./tags.js";

/** @typedef {import("../text/source_text.js").Mark} Mark */
/** @typedef {import("./insertions.js").Insertion} Insertion */
/** @typedef {import("./insertions.js").Span} Span */
/** @typedef {import("./tags.js").TagPair} TagPair */

/**
 * The text that the model read, [start, end) of its pieces there, and its marks.
 * @typedef {{text: string, pieces: Span[], marks: Mark[]}} MarkedSource
 */

/**
 * A word of the translation, at [start, end), and the source piece that it is linked to.
 * @typedef {{start: number, end: number, piece: number}} WordLink
 */

/**
 * Where the marks of a source belong in a translation, from left to right.
 *
 * The translation is given as its pieces, ▁ for a space. A pair of tags encloses the words that are
 * linked to those that it encloses in the source; another mark follows the word that is linked to
 * the word before it. Tags remain nested. A word is linked to the source piece with the largest
 * attention weight, or for a model without attention to the one at about the same place.
 * @param {MarkedSource} source
 * @param {string[]} pieces
 * @param {number[]} items  the indices of pieces that no mark may part
 * @param {ArrayLike<number>[] | null} attention
 * @returns {Insertion[]}
 */
export function placeMarks(source, pieces, items, attention) {
  const links = linkWords(source, pieces, items, attention);
  return new Placement(source, links, pieces.join("")).insertions();
}

/**
 * @param {MarkedSource} source
 * @param {string[]} pieces
 * @param {number[]} items
 * @param {ArrayLike<number>[] | null} attention
 * @returns {WordLink[]}
 */
function linkWords(source, pieces, items, attention) {
  const spans = spansOfPieces(pieces);
  const whole = items.map((item) => spans[item]);
  /** @type {Span[]} */
  const words = findWords(pieces.join(""))
    .filter((word) => !whole.some(([start, end]) => start <= word.start && word.start < end))
    .map((word) => [word.start, word.end]);
  const sorted = [...words, ...whole].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return sorted.map(([start, end], number) => {
    if (attention === null) {
      const piece = Math.floor((number * source.pieces.length) / sorted.length);
      return { start, end, piece };
    }
    const rows = attention.filter((_, i) => i < spans.length && overlap(spans[i], [start, end]));
    return { start, end, piece: largestColumn(rows, source.pieces.length) };
  });
}

/**
 * The column with the largest sum, of equal ones the first, in single precision as in NumPy.
 * @param {ArrayLike<number>[]} rows
 * @param {number} columns
 * @returns {number}
 */
function largestColumn(rows, columns) {
  const sums = new Float32Array(columns);
  for (const row of rows) {
    for (let column = 0; column < columns; column++) sums[column] += row[column];
  }
  return sums.reduce((best, sum, column) => (sum > sums[best] ? column : best), 0);
}

/**
 * The part of a span that is behind those that are taken.
 * @param {Span} span
 * @param {Span[]} taken
 * @returns {Span}
 */
function behindOthers(span, taken) {
  return taken.reduce(
    (rest, other) =>
      overlap(rest, other) ? [Math.max(rest[0], other[1]), Math.max(rest[1], other[1])] : rest,
    span,
  );
}

/**
 * @param {Span} one
 * @param {Span} other
 * @returns {boolean}
 */
function overlap(one, other) {
  return one[0] < other[1] && one[1] > other[0];
}

/** Finds the place of each mark in the text of the pieces. */
class Placement {
  /**
   * @param {MarkedSource} source
   * @param {WordLink[]} links
   * @param {string} text
   */
  constructor(source, links, text) {
    this.source = source;
    this.sourceCharacters = codePoints(source.text);
    this.links = links;
    this.text = text;
    const characters = codePoints(text);
    this.end = characters.length;
    const first = characters.findIndex((character) => character !== "▁");
    this.start = first < 0 ? this.end : first;
    this.bounds = source.marks.map((mark) => this.piecesBefore(mark.place));
    /** @type {Map<number, number>} */
    this.places = new Map();
  }

  /**
   * The marks with their places, from left to right.
   * @returns {Insertion[]}
   */
  insertions() {
    const { marks } = this.source;
    const pairs = pairTags(marks);
    this.placePairs(pairs);
    const places = marks.map((_, i) => this.places.get(i) ?? this.placeSingle(i));
    // At one place, what was opened before is closed first.
    const openings = openingsOf(pairs);
    const opensThere = marks.map((_, i) => {
      const opening = openings.get(i);
      return opening === undefined || places[opening] === places[i] ? 1 : 0;
    });
    return marks
      .map((_, i) => i)
      .sort((a, b) => places[a] - places[b] || opensThere[a] - opensThere[b] || a - b)
      .map((i) => ({ place: places[i], text: spacedMark(marks[i], places[i] === this.start) }));
  }

  /**
   * The number of source pieces that begin before a place in the source's text. A piece may begin
   * with the space before its word.
   * @param {number} place
   * @returns {number}
   */
  piecesBefore(place) {
    return this.source.pieces.filter(([begin]) => {
      const start = Math.max(0, begin);
      return start + (this.sourceCharacters[start] === " " ? 1 : 0) < place;
    }).length;
  }

  /**
   * Place pairs of tags, and those in them, so that no two of them cross.
   * @param {TagPair[]} outermost
   */
  placePairs(outermost) {
    /** @type {{pairs: TagPair[], limits: Span}[]} */
    const levels = [{ pairs: outermost, limits: [this.start, this.end] }];
    // (No recursion: a hostile line may nest thousands.)
    for (let level = levels.pop(); level; level = levels.pop()) {
      /** @type {Span[]} */
      const taken = [];
      for (const pair of level.pairs) {
        const span = behindOthers(this.enclosed(pair, level.limits), taken);
        taken.push(span);
        this.places.set(pair.opening, span[0]);
        this.places.set(pair.closing, span[1]);
        levels.push({ pairs: pair.children, limits: span });
      }
    }
  }

  /**
   * @param {TagPair} pair
   * @param {Span} limits
   * @returns {Span}
   */
  enclosed(pair, [low, high]) {
    const first = this.bounds[pair.opening];
    const last = this.bounds[pair.closing];
    const inside = this.links.filter(
      ({ start, end, piece }) => first <= piece && piece < last && low <= start && end <= high,
    );
    if (inside.length === 0) {
      const place = Math.min(Math.max(this.after(first), low), high);
      return [place, place];
    }
    let { end } = inside[inside.length - 1];
    if (this.endsInPunctuation(this.source.marks[pair.closing].place)) {
      end = Math.min(this.afterPunctuation(end), high);
    }
    return [inside[0].start, end];
  }

  /**
   * @param {number} index
   * @returns {number}
   */
  placeSingle(index) {
    const mark = this.source.marks[index];
    const bound = this.bounds[index];
    if (mark.place === 0) return this.start;
    if (mark.place >= this.sourceCharacters.length) return this.end;
    if (!mark.beforeSpace && mark.afterSpace) {
      // It belongs to the word after it.
      const following = this.links.filter((link) => link.piece >= bound);
      return following.reduce((least, link) => Math.min(least, link.start), this.end);
    }
    const place = this.after(bound);
    return this.endsInPunctuation(mark.place) ? this.afterPunctuation(place) : place;
  }

  /**
   * Behind the word that is linked to the last source piece before a bound.
   * @param {number} bound
   * @returns {number}
   */
  after(bound) {
    /** @type {WordLink | null} */
    let last = null;
    for (const link of this.links) {
      if (link.piece < bound && (last === null || link.piece >= last.piece)) last = link;
    }
    return last === null ? this.start : last.end;
  }

  /**
   * @param {number} place
   * @returns {boolean}
   */
  endsInPunctuation(place) {
    return place > 0 && !isIn("alnum", this.sourceCharacters[place - 1]);
  }

  /**
   * @param {number} place
   * @returns {number}
   */
  afterPunctuation(place) {
    return matchAt("markupPunctuation", this.text, place)?.end ?? place;
  }
}

/**
 * A mark with a space, if it stood apart in the source.
 * @param {Mark} mark
 * @param {boolean} atStart
 * @returns {string}
 */
function spacedMark(mark, atStart) {
  if (tagOf(mark) !== null || !(mark.afterSpace && mark.beforeSpace)) return mark.text;
  return atStart ? `${mark.text} ` : ` ${mark.text}`;
}
