/**
 * The training pair that is nearest to each word, where the inspection has them.
 *
 * Counterpart: seqcli/views/panels/candidates.py.
 */

import { element, foreignText } from "../dom.js";

const NEAREST_CAPTION = "The training pair nearest to each word (seqcli why shows more):";

/**
 * @param {import("../../types.js").Inspection} inspection
 * @returns {Node[]}
 */
export function drawNearest(inspection) {
  if (!inspection.nearest) return [];
  const items = inspection.nearest.flatMap(({ word, pairs }) =>
    pairs
      .slice(0, 1)
      .map((pair) =>
        element(
          "li",
          {},
          element("strong", {}, foreignText(word)),
          foreignText(` ${pair.file}, ${pair.number}: ${pair.source} → ${pair.target}`),
        ),
      ),
  );
  return [element("p", {}, NEAREST_CAPTION), element("ul", {}, ...items)];
}
