/**
 * A heat map of names against names, as a table.
 *
 * Counterpart: seqcli/views/heatmap.py, which draws it in the terminal.
 */

import { element, foreignText, replaceChildren } from "../dom.js";
import { shortenedText } from "../wording.js";

// Characters of a name.
const LONGEST_ACROSS = 2; // of a column
const LONGEST_NAME = 20;
const HOW_TO_READ = "Tap a cell to see its number.";

/**
 * `values` [rows][columns] are told for the cell under the pointer; `shade` gives the strength of
 * its colour, 0 to 1. A cell without a value, null, is hatched. For a screen reader it is one
 * picture with a label, so its values must also be told in words.
 * @typedef {object} HeatMap
 * @property {string} label
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {(number | null)[][]} values
 * @property {(value: number) => number} shade
 */

/**
 * @param {HeatMap} map
 * @returns {Node[]}
 */
export function heatTable(map) {
  const readout = element("p", { class: "readout", "aria-hidden": "true" }, HOW_TO_READ);
  const table = element(
    "table",
    { class: "heat", role: "img", "aria-label": map.label },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td", { class: "corner" }),
        ...map.columns.map((name) => heatName(name)),
      ),
    ),
    element("tbody", {}, ...map.rows.map((name, row) => heatRow(map, name, row))),
  );
  const tell = (/** @type {Event} */ event) => tellCell(map, event.target, readout);
  table.addEventListener("pointerover", tell);
  table.addEventListener("click", tell);
  // (With a place among what the keyboard reaches, so that it can be scrolled without a pointer.)
  const box = element(
    "div",
    { class: "scroll", tabindex: 0, role: "group", "aria-label": map.label },
    table,
  );
  return [box, readout];
}

/**
 * The name of a row or a column; a long one of a column is written downwards.
 * @param {string} name
 * @returns {HTMLElement}
 */
function heatName(name) {
  const isLong = name.length > LONGEST_ACROSS;
  return element(
    "th",
    { class: isLong ? "upright" : "" },
    foreignText(shortenedText(name, LONGEST_NAME)),
  );
}

/**
 * @param {HeatMap} map
 * @param {string} name
 * @param {number} row
 * @returns {HTMLElement}
 */
function heatRow(map, name, row) {
  const cells = map.values[row].map((value) => {
    const cell = document.createElement("td");
    if (value === null) cell.className = "none";
    else cell.style.setProperty("--v", map.shade(value).toFixed(2));
    return cell;
  });
  return element("tr", {}, heatName(name), ...cells);
}

/**
 * @param {HeatMap} map
 * @param {EventTarget | null} target
 * @param {HTMLElement} readout
 */
function tellCell(map, target, readout) {
  if (!(target instanceof HTMLTableCellElement) || !target.matches("tbody td")) return;
  const row = /** @type {HTMLTableRowElement} */ (target.parentElement).rowIndex - 1;
  const column = target.cellIndex - 1;
  const value = map.values[row][column];
  readout.classList.add("told");
  replaceChildren(
    readout,
    foreignText(map.rows[row]),
    " – ",
    foreignText(map.columns[column]),
    `: ${value === null ? "not heard yet" : value.toFixed(2)}`,
  );
}
