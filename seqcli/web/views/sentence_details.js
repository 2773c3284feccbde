/**
 * What is known of one sentence's translation: how sure it is, what may be wrong, and what else it
 * could be.
 */

import { element, foreignText, replaceChildren } from "./dom.js";
import { icon } from "./icons.js";
import { carriedOver, confidenceLevel, faultsOf, unreadMessages } from "./wording.js";

/** @typedef {import("../types.js").Translation} Translation */
/** @typedef {import("./output.js").ShownSentence} ShownSentence */

export class SentenceDetails {
  /**
   * @param {number} folder
   * @param {(rank: number) => void} onRank  told when another translation is chosen
   */
  constructor(folder, onRank) {
    this.folder = folder;
    this.onRank = onRank;
    this.element = element("div", { class: "details" });
    this.drawn = "";
  }

  /**
   * Draw the details of a sentence, unless they stand there already. Alternatives that are awaited
   * keep the room of those before them, so that what is below does not jump at each key.
   * @param {ShownSentence | null} shown
   * @param {boolean} isAwaited
   */
  show(shown, isAwaited) {
    const room = isAwaited ? this.element.getBoundingClientRect().height : 0;
    this.element.style.setProperty("min-height", `${room}px`);
    const key = shown?.part ? JSON.stringify([shown.part.nbest, shown.rank]) : "";
    if (key === this.drawn) return;
    const hadFocus = this.element.contains(document.activeElement);
    this.drawn = key;
    if (!shown?.part) return this.element.replaceChildren();
    const { nbest } = shown.part;
    const translation = nbest[shown.rank];
    replaceChildren(
      this.element,
      translation.origin === "memory" ? rememberedLine() : confidenceLine(translation),
      noteList(translation),
      nbest.length > 1 ? this.alternatives(nbest, shown.rank) : null,
    );
    if (hadFocus) this.element.querySelector("input")?.focus();
  }

  /**
   * @param {Translation[]} nbest
   * @param {number} rank
   * @returns {HTMLElement}
   */
  alternatives(nbest, rank) {
    const choices = nbest.map((each, i) =>
      element(
        "label",
        { class: "alternative" },
        element("input", {
          type: "radio",
          name: `alternative-${this.folder}`,
          checked: i === rank,
          onchange: () => this.onRank(i),
        }),
        foreignText(each.translation || "(nothing)"),
        element(
          "span",
          { class: "dim number" },
          each.origin === "memory" ? "remembered" : each.score.toFixed(3),
        ),
      ),
    );
    return element(
      "fieldset",
      {},
      element("legend", {}, "Alternatives"),
      element(
        "p",
        { class: "dim hint" },
        "with their scores, of which a higher one is better: the mean log-probability of a piece",
      ),
      choices,
    );
  }
}

function rememberedLine() {
  const remembered = element("strong", {}, "remembered");
  return element("p", { class: "confidence" }, remembered, ": someone has told this translation");
}

/**
 * @param {Translation} translation
 * @returns {HTMLElement | null}
 */
function confidenceLine({ confidence }) {
  if (confidence === null) return null;
  const level = confidenceLevel(confidence);
  return element(
    "p",
    { class: `confidence ${level}` },
    level === "low" ? icon("warning") : null,
    "confidence: ",
    element("strong", {}, level),
    ` (${confidence.toFixed(2)}), the chance that this is usable`,
    element("span", { class: "gauge", "aria-hidden": "true", style: { "--share": confidence } }),
  );
}

/**
 * @param {Translation} translation
 * @returns {HTMLElement | null}
 */
function noteList(translation) {
  const faults = faultsOf(translation);
  const notes = [...carriedOver(translation), ...unreadMessages([translation])];
  if (!faults.length && !notes.length) return null;
  return element(
    "ul",
    { class: "notes" },
    faults.map((text) => element("li", { class: "fault" }, icon("warning"), foreignText(text))),
    notes.map((text) => element("li", {}, foreignText(text))),
  );
}
