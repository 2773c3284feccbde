/**
 * Gates and state of the decoder's units, as rows of numbers from -1 to 1.
 *
 * Counterpart: seqcli/views/panels/gates.py.
 */

import { pieceNames, START } from "./panel.js";

/** @typedef {import("../../types.js").Inspection} Inspection */

/**
 * The values of one gate, or of the state, at each step: a row for each.
 * @typedef {object} UnitRows
 * @property {string} name  as in a legend
 * @property {string} title
 * @property {string} note  what the numbers are
 * @property {string[]} names  of the rows
 * @property {ArrayLike<number>[]} values
 * @property {number[]} numbers  one for each row
 * @property {number} first  the step of the first row; the start is step 0
 */

/**
 * The units of a cell: their rows, and their order in pictures, `order[place]`, which is that of
 * the `key`.
 * @typedef {{rows: UnitRows[], order: number[], key: string}} UnitTable
 */

/**
 * @param {Inspection} inspection
 * @returns {UnitTable}
 */
export function unitTable(inspection) {
  const { steps, start, main_state: stateName } = inspection;
  const names = pieceNames(steps);
  const gates = Object.keys(steps[0]?.gates ?? {}).map((name) => {
    const values = steps.map((step) => step.gates[name]);
    const title = name === "candidate" ? "candidate" : `${name} gate`;
    const note = "mean over the units";
    return { name, title, note, names, values, numbers: values.map(meanOf), first: 1 };
  });
  const isCell = stateName === "cell";
  const raw = [start[stateName], ...steps.map((step) => step.state[stateName])];
  const values = isCell ? raw.map((row) => Array.from(row, Math.tanh)) : raw;
  const state = {
    name: isCell ? "tanh of the cell" : "hidden",
    title: isCell ? "tanh of the cell state" : "hidden state",
    note: "root mean square over the units",
    names: [START, ...names],
    values,
    numbers: values.map(rootMeanSquare),
    first: 0,
  };
  return { rows: [...gates, state], ...unitOrder(gates, state.values, stateName) };
}

/**
 * The order of the units, and what they are sorted by, in words: the mean of the forget or update
 * gate, or of the absolute state of a cell that has neither.
 * @param {UnitRows[]} gates
 * @param {ArrayLike<number>[]} states
 * @param {string} stateName
 * @returns {{order: number[], key: string}}
 */
function unitOrder(gates, states, stateName) {
  const gate = gates.find(({ name }) => name === "forget" || name === "update");
  const rows = gate ? gate.values : states.map((row) => Array.from(row, Math.abs));
  const sums = Array.from(rows[0], (_, unit) => rows.reduce((sum, row) => sum + row[unit], 0));
  return {
    order: sums.map((_, unit) => unit).sort((a, b) => sums[a] - sums[b] || a - b),
    key: gate
      ? `the mean of their ${gate.name} gate`
      : `the mean absolute value of their ${stateName} state`,
  };
}

/**
 * @param {ArrayLike<number>} row
 * @returns {number}
 */
function meanOf(row) {
  return Array.from(row).reduce((sum, value) => sum + value, 0) / row.length;
}

/**
 * @param {ArrayLike<number>} row
 * @returns {number}
 */
function rootMeanSquare(row) {
  return Math.sqrt(meanOf(Array.from(row, (value) => value * value)));
}
