/**
 * Gates and state of the decoder's cell: a picture for each, and the track of one unit.
 *
 * Counterpart: seqcli/views/panels/gates.py.
 */

import { element, foreignText } from "../dom.js";
import { unitImage } from "./unit_image.js";
import { UnitTrack } from "./unit_track.js";
import { unitTable } from "./units.js";

const NO_GATES = "No gates to show: the cell has none, or an older version made the model folder.";

/** @type {import("./panel.js").Panel} */
export const gatesPanel = {
  name: "gates",
  title: "Gates and cell state",
  caption:
    "each row is a step, each column a unit of the decoder's cell; the colour of the page is 0, " +
    "blue is positive (up to 1), red is negative (down to -1)",
  draw: drawGates,
};

/**
 * @param {import("../../types.js").Inspection} inspection
 * @param {import("./panel.js").PanelView} view
 * @returns {Node[]}
 */
function drawGates(inspection, view) {
  const table = unitTable(inspection);
  /** @type {HTMLElement[]} */
  const marks = [];
  const track = new UnitTrack(table, view, (share) => {
    for (const mark of marks) mark.style.setProperty("--place", share.toFixed(5));
  });
  const pictures = table.rows.flatMap((rows) => {
    const mark = element("div", { class: "unit-mark" });
    marks.push(mark);
    return unitPicture(rows, table.order, mark, (share) => track.chooseShare(share));
  });
  track.choose(view.kept.unitPlace ?? 0);
  return [
    element("p", {}, `Units are ordered by ${table.key}, lowest first, the same in all pictures.`),
    ...(table.rows.length > 1 ? [] : [element("p", {}, NO_GATES)]),
    ...pictures,
    ...track.nodes,
  ];
}

/**
 * A picture with the names of its rows on the left and their numbers on the right.
 * @param {import("./units.js").UnitRows} rows
 * @param {number[]} order
 * @param {HTMLElement} mark  of the chosen unit
 * @param {(share: number) => void} choose
 * @returns {Node[]}
 */
function unitPicture(rows, order, mark, choose) {
  const image = unitImage(rows.values, order, `the ${rows.title} of each unit at each step`);
  const frame = element("div", { class: "unit-frame" }, image, mark);
  const pick = (/** @type {PointerEvent} */ event) => {
    const box = frame.getBoundingClientRect();
    choose((event.clientX - box.left) / box.width);
  };
  frame.addEventListener("pointerdown", pick);
  frame.addEventListener("pointermove", pick);
  const names = rows.names.map((name) => element("li", {}, foreignText(name)));
  const numbers = rows.numbers.map((number) => element("li", {}, number.toFixed(2)));
  return [
    element("h3", {}, rows.title, element("span", { class: "note" }, ` right: ${rows.note}`)),
    element(
      "div",
      { class: "unit-image" },
      element("ol", { "aria-label": "steps" }, ...names),
      frame,
      element("ol", { class: "note", "aria-label": rows.note }, ...numbers),
    ),
  ];
}
