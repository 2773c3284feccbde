/**
 * An inspection as panels, with links to each.
 *
 * Counterpart: seqcli/views/inspection.py.
 */

import { element, foreignText, replaceChildren } from "./dom.js";
import { attentionPanel } from "./panels/attention.js";
import { candidatesPanel } from "./panels/candidates.js";
import { endPanel } from "./panels/end.js";
import { gatesPanel } from "./panels/gates.js";
import { influencePanel } from "./panels/influence.js";
import { playerPanel } from "./panels/player.js";
import { treePanel } from "./panels/tree.js";
import { carriedOver, faultsOf, unreadMessages } from "./wording.js";

/** @typedef {import("../types.js").Inspection} Inspection */
/** @typedef {import("./panels/panel.js").PanelView} PanelView */

const PANELS = [
  attentionPanel,
  candidatesPanel,
  playerPanel,
  gatesPanel,
  influencePanel,
  treePanel,
  endPanel,
];
const MANY_CELLS = 2500; // of a heat map, from which on panels out of sight are not laid out
const SPACE_MARK = "▁ is a space before a piece";
const END_MARK = "</s> is the end of the sentence";
const ITEM_MARK = "⟨…⟩ is an item that was carried over";
const STOP_REASONS = {
  eos: "stopped at end of sentence",
  limit: "cut off at the length limit",
  repetition: "got stuck repeating and was cut off",
};

/**
 * What is drawn in a container: the inspection that was asked for last, and what was chosen there.
 * @type {WeakMap<Element, {inspection: Inspection, kept: Record<string, number>}>}
 */
const drawn = new WeakMap();

/**
 * Draw an inspection, in place of one that the container may have. The panels follow one by one,
 * so that the page stays responsive meanwhile; what was chosen in a panel is kept, and the focus.
 * @param {HTMLElement} container
 * @param {Inspection} inspection
 * @param {import("./panels/panel.js").Actions | null} actions
 * @param {string} [prefix]  of the ids, if several inspections are on a page
 */
export function drawInspection(container, inspection, actions, prefix = "") {
  const place = { inspection, kept: drawn.get(container)?.kept ?? {} };
  drawn.set(container, place);
  const view = { prefix, actions, kept: place.kept };
  if (!container.querySelector("section")) layOutPanels(container, prefix);
  const { source_pieces: sources, target_pieces: targets } = inspection.translation;
  container.classList.toggle("long", sources.length * targets.length > MANY_CELLS);
  const about = container.querySelector("div.about");
  // (Where there is a translator, the notes stand beside its translation.)
  const lines = [aboutLine(inspection), ...(actions ? [] : noteLines(inspection.translation))];
  if (about) replaceChildren(about, ...lines.map((line) => element("p", {}, foreignText(line))));
  const sections = [...container.querySelectorAll("section")];
  const drawNext = (/** @type {number} */ i) => {
    if (drawn.get(container) !== place || i === PANELS.length) return;
    fillPanel(sections[i], PANELS[i].draw(inspection, view));
    setTimeout(drawNext, 0, i + 1);
  };
  drawNext(0);
}

/**
 * @param {HTMLElement} container
 * @param {string} prefix
 */
function layOutPanels(container, prefix) {
  const links = PANELS.map((panel) =>
    element("a", { href: `#${prefix}${panel.name}` }, panel.title),
  );
  const sections = PANELS.map((panel) =>
    element(
      "section",
      { id: prefix + panel.name, "aria-labelledby": `${prefix}${panel.name}-title` },
      element("h2", { id: `${prefix}${panel.name}-title` }, panel.title),
      element("p", { class: "caption" }, panel.caption),
      element("div", { class: "panel" }),
    ),
  );
  container.classList.add("inspection");
  replaceChildren(
    container,
    element("div", { class: "about" }),
    element("nav", { "aria-label": `panels ${prefix.replaceAll("-", " ")}`.trim() }, ...links),
    ...sections,
  );
}

/**
 * Put what is drawn into a section. What had the focus is drawn anew, and gets it again.
 * @param {Element} section
 * @param {Node[]} nodes
 */
function fillPanel(section, nodes) {
  const focused = document.activeElement;
  const key = section.contains(focused) ? focused?.getAttribute("data-key") : null;
  const body = section.lastElementChild;
  if (body) replaceChildren(body, ...nodes);
  if (!key) return;
  const again = [...section.querySelectorAll("[data-key]")].find(
    (each) => each.getAttribute("data-key") === key,
  );
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
}

/**
 * The model, the score, a mean with the default length normalization, and why it stopped.
 * @param {Inspection} inspection
 * @returns {string}
 */
function aboutLine({ model, translation }) {
  const parts = [
    `${model.cell} cell of ${model.hidden} units, attention ${model.attention}`,
    `mean log-probability per piece ${translation.score.toFixed(3)}`,
    STOP_REASONS[translation.stopped_by],
    SPACE_MARK,
    END_MARK,
  ];
  if (translation.copied.length) parts.push(ITEM_MARK);
  return parts.join("; ");
}

/**
 * The confidence, what may be wrong, what was carried over, and what training never showed.
 * @param {import("../types.js").Translation} translation
 * @returns {string[]}
 */
function noteLines(translation) {
  const { confidence } = translation;
  const told = `confidence ${confidence?.toFixed(2)}, the chance that the translation is usable`;
  return [
    ...(confidence === null ? [] : [told]),
    ...faultsOf(translation),
    ...carriedOver(translation),
    ...unreadMessages([translation]),
  ];
}
