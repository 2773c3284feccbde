/**
 * Pairs of tags among the marks of a source: the port of a part of seqcli/decoding/markup.py.
 */

import { fullMatch } from "../text/patterns.js";

/** @typedef {import("../text/source_text.js").Mark} Mark */

/**
 * An opening and a closing tag, as indices of marks, and the pairs between them.
 * @typedef {{opening: number, closing: number, children: TagPair[]}} TagPair
 */

/**
 * The pairs of tags, outermost first, in their order; tags without a partner are left out.
 * @param {Mark[]} marks
 * @returns {TagPair[]}
 */
export function pairTags(marks) {
  /** @type {TagPair[]} */
  const outermost = [];
  /** @type {{name: string, pair: TagPair}[]} */
  const open = [];
  marks.forEach((mark, i) => {
    const tag = tagOf(mark);
    if (tag === null || tag.empty) return;
    if (!tag.close) {
      open.push({ name: tag.name, pair: { opening: i, closing: -1, children: [] } });
      return;
    }
    const depth = open.map(({ name }) => name).lastIndexOf(tag.name);
    if (depth < 0) return;
    // Tags that were opened inside and not closed have no partner; pairs in them remain.
    const inside = open.splice(depth);
    const children = inside.flatMap(({ pair }) => pair.children);
    const siblings = depth > 0 ? open[depth - 1].pair.children : outermost;
    siblings.push({ opening: inside[0].pair.opening, closing: i, children });
  });
  const pairs = [...outermost, ...open.flatMap(({ pair }) => pair.children)];
  return pairs.sort((a, b) => a.opening - b.opening);
}

/**
 * The parts of a tag; null for another mark.
 * @param {Mark} mark
 * @returns {{close: string, name: string, empty: string} | null}
 */
export function tagOf(mark) {
  const match = fullMatch("markupTag", mark.text);
  if (match === null) return null;
  const { close = "", name = "", empty = "" } = match.groups;
  return { close, name, empty };
}

/**
 * The opening tag of each closing tag, also of the inner pairs.
 * @param {TagPair[]} pairs
 * @returns {Map<number, number>}
 */
export function openingsOf(pairs) {
  /** @type {Map<number, number>} */
  const openings = new Map();
  const remaining = [...pairs];
  for (let pair = remaining.pop(); pair; pair = remaining.pop()) {
    openings.set(pair.closing, pair.opening);
    for (const child of pair.children) remaining.push(child);
  }
  return openings;
}
