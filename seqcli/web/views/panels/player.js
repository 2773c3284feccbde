/**
 * A walk through reading and writing, piece by piece: what the encoder holds of a source piece, and
 * attention, gates, state and candidates when a target piece is written.
 */

import { element, foreignText, replaceChildren } from "../dom.js";
import { printable } from "../pieces.js";
import { percent, pieceText, shareBar } from "./panel.js";
import { Playback } from "./playback.js";
import { unitStrip } from "./unit_image.js";
import { unitTable } from "./units.js";

/** @typedef {import("../../types.js").Inspection} Inspection */
/** @typedef {{isReading: boolean, index: number, read: number, written: number}} Moment */

const MOST_BARS = 12; // source pieces with a bar

/** @type {import("./panel.js").Panel} */
export const playerPanel = {
  name: "player",
  title: "Step by step",
  caption: "how the source is read, and then the translation is written, a piece at a time",
  draw: drawPlayer,
};

/**
 * @param {Inspection} inspection
 * @param {import("./panel.js").PanelView} view
 * @returns {Node[]}
 */
function drawPlayer(inspection, view) {
  const moments = momentsOf(inspection);
  const table = unitTable(inspection);
  const sources = inspection.translation.source_pieces.map(pieceText);
  const targets = inspection.steps.map((step) => pieceText(step.piece));
  const told = element("h3", { class: "moment" });
  const stage = element("div", { class: "stage" });
  const { controls } = new Playback(view, {
    label: "Moment",
    key: "player",
    last: moments.length - 1,
    start: 0,
    show: (position) => {
      const moment = moments[position];
      markPieces(sources, moment.read, moment.isReading);
      markPieces(targets, moment.written, !moment.isReading);
      replaceChildren(told, ...momentTitle(inspection, moment));
      replaceChildren(
        stage,
        ...(moment.isReading ? readingStage : writingStage)(inspection, moment.index, table),
      );
      return told.textContent ?? "";
    },
  });
  return [
    controls,
    element("p", { class: "moment-pieces" }, "source: ", ...sources),
    element("p", { class: "moment-pieces" }, "target: ", ...targets),
    told,
    stage,
  ];
}

/**
 * The moments in order. Of a translation that begins before its source has ended, some pieces are
 * written before others are read.
 * @param {Inspection} inspection
 * @returns {Moment[]}
 */
function momentsOf({ steps, translation }) {
  /** @type {Moment[]} */
  const moments = [];
  let read = 0;
  const readUpTo = (/** @type {number} */ end, /** @type {number} */ written) => {
    for (; read < end; read++) {
      moments.push({ isReading: true, index: read, read: read + 1, written });
    }
  };
  steps.forEach((step, t) => {
    readUpTo(step.heard, t);
    moments.push({ isReading: false, index: t, read, written: t + 1 });
  });
  readUpTo(translation.source_pieces.length, steps.length);
  return moments;
}

/**
 * Mark the pieces up to a number as done, and the last of them as the one of the moment.
 * @param {HTMLElement[]} pieces
 * @param {number} done
 * @param {boolean} isNow
 */
function markPieces(pieces, done, isNow) {
  pieces.forEach((piece, i) => {
    piece.classList.toggle("later", i >= done);
    piece.classList.toggle("now", isNow && i === done - 1);
  });
}

/**
 * @param {Inspection} inspection
 * @param {Moment} moment
 * @returns {(Node | string)[]}
 */
function momentTitle({ translation, steps }, { isReading, index }) {
  const pieces = isReading ? translation.source_pieces : steps.map((step) => step.piece);
  const verb = isReading ? "Reading" : "Writing";
  return [`${verb} ${index + 1} of ${pieces.length}: `, pieceText(pieces[index])];
}

/**
 * @param {Inspection} inspection
 * @param {number} index
 * @returns {Node[]}
 */
function readingStage({ memory }, index) {
  const row = memory[index];
  const order = Array.from(row, (_, unit) => unit);
  return [
    element("h4", {}, "what the encoder holds of it"),
    unitStrip(row, order, `${row.length} numbers that the encoder holds of the piece`),
    element("p", { class: "caption" }, `${row.length} numbers, one for each of its units`),
  ];
}

/**
 * @param {Inspection} inspection
 * @param {number} index
 * @param {import("./units.js").UnitTable} table
 * @returns {Node[]}
 */
function writingStage(inspection, index, table) {
  const step = inspection.steps[index];
  const strips = table.rows.flatMap((rows) => [
    element("h4", {}, rows.title),
    unitStrip(rows.values[index + 1 - rows.first], table.order, `the ${rows.title} of each unit`),
  ]);
  const candidates = step.candidates.map((each) => ({
    name: each.piece,
    share: each.probability,
    isChosen: each.token === step.token,
  }));
  return [
    element(
      "div",
      { class: "stage-parts" },
      element("div", {}, element("h4", {}, "where it looks"), ...lookedAt(inspection, step)),
      element("div", {}, ...strips),
      element("div", {}, element("h4", {}, "what it may write"), shareTable(candidates)),
    ),
  ];
}

/**
 * @param {Inspection} inspection
 * @param {import("../../types.js").DecoderStep} step
 * @returns {Node[]}
 */
function lookedAt({ translation }, { weights }) {
  if (weights === null) return [element("p", {}, "No attention.")];
  const places = translation.source_pieces.map((_, i) => i);
  const most = new Set([...places].sort((a, b) => weights[b] - weights[a]).slice(0, MOST_BARS));
  const shown = places.filter((i) => most.has(i));
  return [
    shareTable(
      shown.map((i) => ({
        name: translation.source_pieces[i],
        share: weights[i],
        isChosen: false,
      })),
    ),
  ];
}

/**
 * @param {{name: string, share: number, isChosen: boolean}[]} shares
 * @returns {HTMLElement}
 */
function shareTable(shares) {
  const rows = shares.map(({ name, share, isChosen }) =>
    element(
      "tr",
      { class: isChosen ? "written" : null },
      element("th", { scope: "row" }, foreignText(printable(name))),
      element("td", { class: "bar-cell" }, shareBar(share)),
      element("td", { class: "number" }, percent(share)),
      element("td", {}, isChosen ? "✓ written" : ""),
    ),
  );
  return element("table", { class: "shares" }, element("tbody", {}, ...rows));
}
