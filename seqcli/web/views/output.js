/**
 * The translation of a text by one translator: lines, of sentences that can be chosen.
 */

import { element } from "./dom.js";
import { DOUBTFUL } from "./wording.js";

/** @typedef {import("../translation/texts.js").Part} Part */
/** @typedef {import("../worker.js").PartialAnswer} PartialAnswer */

const MARGIN = 4; // pixels above and below a sentence that is scrolled to

/**
 * A sentence as it is shown: `part` is what was found last, `rank` which of its translations is
 * shown, `round` the text for which it was found.
 * @typedef {object} ShownSentence
 * @property {Part | null} part
 * @property {number} round
 * @property {number} rank
 * @property {string} before
 * @property {HTMLElement} element
 * @property {Text} space
 */

/** @typedef {{element: HTMLElement, sentences: ShownSentence[], cut: boolean}} ShownLine */
/** @typedef {{line: number, index: number}} Place */

export class Output {
  /**
   * @param {number} folder
   * @param {(place: Place) => void} onChoose
   */
  constructor(folder, onChoose) {
    this.folder = folder;
    this.onChoose = onChoose;
    /** @type {ShownLine[]} */
    this.lines = [];
    /** @type {ShownSentence | null} */
    this.chosen = null;
    this.round = 0;
    this.element = element("div", {
      class: "output",
      role: "group",
      "aria-label": "sentences of the translation",
      onclick: (/** @type {Event} */ event) => this.clicked(event),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.keyPressed(event),
    });
  }

  /** The sentences that are translated, in order. */
  get sentences() {
    return this.lines.flatMap((line) => line.sentences);
  }

  /** Whether the text is one sentence. */
  get isSingle() {
    return this.lines.length === 1 && this.lines[0].sentences.length === 1;
  }

  /** The translation as it is shown. */
  get text() {
    return this.lines
      .map(({ sentences }) => sentences.map((each) => each.before + textOf(each)).join(""))
      .join("\n");
  }

  clear() {
    this.lines = [];
    this.chosen = null;
    this.element.replaceChildren();
  }

  /** A text is translated; what stands here is of an older one. */
  begin() {
    this.round++;
  }

  /** Whether the chosen sentence is of an older text. */
  get isOld() {
    return this.chosen !== null && this.chosen.round < this.round;
  }

  /** Show which sentences are of an older text. */
  markOld() {
    for (const { element: place, round } of this.sentences) {
      place.classList.toggle("old", round < this.round && !place.matches(".growing"));
    }
  }

  /** Scroll to the chosen sentence in a long translation. */
  reveal() {
    if (!this.chosen || this.element.scrollHeight <= this.element.clientHeight) return;
    const box = this.element.getBoundingClientRect();
    const { top, bottom } = this.chosen.element.getBoundingClientRect();
    this.element.scrollTop +=
      Math.max(bottom + MARGIN - box.bottom, 0) || Math.min(top - MARGIN - box.top, 0);
  }

  /**
   * Show what the worker has told.
   * @param {PartialAnswer} answer
   */
  receive(answer) {
    if (answer.lines !== null) this.shorten(answer.lines);
    for (const part of answer.parts) if (part.folder === this.folder) this.showPart(part);
    for (const end of answer.ends) if (end.folder === this.folder) this.endLine(end);
    const { growing } = answer;
    if (growing && growing.folder === this.folder) this.showGrowing(growing);
  }

  /** @param {number} count */
  shorten(count) {
    for (const line of this.lines.splice(count)) line.element.remove();
  }

  /** @param {Part} part */
  showPart(part) {
    const shown = this.at(part.line, part.index);
    if (shown.part?.source !== part.source) shown.rank = 0;
    shown.part = part;
    shown.round = this.round;
    shown.rank = Math.min(shown.rank, part.nbest.length - 1);
    setSpace(shown, part.before);
    drawSentence(shown);
  }

  /** @param {import("../translation/texts.js").Growing} growing */
  showGrowing({ line, index, before, text }) {
    const shown = this.at(line, index);
    shown.element.classList.add("growing");
    shown.element.classList.remove("old");
    setSpace(shown, before);
    setText(shown.element, text);
  }

  /** @param {import("../translation/texts.js").LineEnd} end */
  endLine({ line, count, before, cut }) {
    const shown = this.lineAt(line);
    shown.cut = cut;
    for (const extra of shown.sentences.splice(count)) {
      extra.element.remove();
      extra.space.remove();
      if (extra === this.chosen) this.chosen = null;
    }
    for (const [i, sentence] of shown.sentences.entries()) setSpace(sentence, before[i]);
  }

  /**
   * @param {number} line
   * @returns {ShownLine}
   */
  lineAt(line) {
    while (this.lines.length <= line) {
      const made = {
        element: element("div", { class: "line", dir: "auto" }),
        sentences: [],
        cut: false,
      };
      this.lines.push(made);
      this.element.append(made.element);
    }
    return this.lines[line];
  }

  /**
   * @param {number} line
   * @param {number} index
   * @returns {ShownSentence}
   */
  at(line, index) {
    const { element: parent, sentences } = this.lineAt(line);
    while (sentences.length <= index) {
      const space = document.createTextNode("");
      const place = { line: String(line), index: String(sentences.length) };
      const made = element("span", {
        class: "sentence",
        role: "button",
        tabindex: "-1",
        "aria-pressed": "false",
        dataset: place,
      });
      parent.append(space, made);
      sentences.push({ part: null, round: 0, rank: 0, before: "", element: made, space });
    }
    return sentences[index];
  }

  /**
   * The place of the sentence at a position of the text.
   * @param {number} position
   * @returns {Place | null}
   */
  placeAt(position) {
    /** @type {Place | null} */
    let found = null;
    for (const { part } of this.sentences) {
      if (part && (part.start <= position || !found)) found = part;
    }
    return found;
  }

  /** A text of one sentence has nothing to choose from. */
  setRoles() {
    const first = this.lines[0]?.sentences[0]?.element;
    if (!first) return;
    if (this.isSingle)
      for (const name of ["role", "tabindex", "aria-pressed"]) first.removeAttribute(name);
    else if (!first.hasAttribute("role")) {
      first.setAttribute("role", "button");
      setPressed(first, this.chosen?.element === first);
    }
  }

  /**
   * Mark the sentence that is chosen; it is the one that the tab key reaches.
   * @param {Place | null} place
   * @returns {ShownSentence | null}
   */
  choose(place) {
    const chosen = place && this.shownAt(place);
    if (chosen !== this.chosen) {
      if (this.chosen) setPressed(this.chosen.element, false);
      if (chosen) setPressed(chosen.element, true);
    }
    this.chosen = chosen;
    this.setRoles();
    return chosen;
  }

  /**
   * The sentence at a place of any of the translations; null if it is not translated. A line that is
   * remembered as a whole has but one.
   * @param {Place} place
   * @returns {ShownSentence | null}
   */
  shownAt({ line, index }) {
    const { sentences } = this.lines[line] ?? { sentences: [] };
    const [first] = sentences;
    const isWhole = sentences.length === 1 && first.part?.nbest[0].origin === "memory";
    return (isWhole ? first : sentences[index]) ?? null;
  }

  /**
   * Show another one of the translations of the chosen sentence.
   * @param {number} rank
   */
  chooseRank(rank) {
    if (!this.chosen) return;
    this.chosen.rank = rank;
    drawSentence(this.chosen);
  }

  /** @param {Event} event */
  clicked(event) {
    const target = event.target instanceof Element ? event.target.closest(".sentence") : null;
    if (target instanceof HTMLElement && target.hasAttribute("role"))
      this.onChoose(placeOf(target));
  }

  /** @param {KeyboardEvent} event */
  keyPressed(event) {
    const { target } = event;
    if (!(target instanceof HTMLElement) || !target.matches(".sentence")) return;
    const all = [...this.element.querySelectorAll(".sentence")];
    const here = all.indexOf(target);
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Enter: 0, " ": 0 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    const next = step === undefined ? null : all[here + step];
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    this.onChoose(placeOf(next));
    next.focus();
  }
}

/**
 * @param {HTMLElement} sentence
 * @returns {Place}
 */
function placeOf({ dataset }) {
  return { line: Number(dataset.line), index: Number(dataset.index) };
}

/**
 * @param {HTMLElement} sentence
 * @param {boolean} isChosen
 */
function setPressed(sentence, isChosen) {
  sentence.setAttribute("aria-pressed", String(isChosen));
  sentence.setAttribute("tabindex", isChosen ? "0" : "-1");
}

/**
 * The translation of a sentence that is shown.
 * @param {ShownSentence} shown
 * @returns {string}
 */
function textOf({ part, rank }) {
  return part ? part.nbest[rank].translation : "";
}

/** @param {ShownSentence} shown */
function drawSentence(shown) {
  const { confidence } = shown.part?.nbest[shown.rank] ?? { confidence: null };
  const isDoubtful = confidence !== null && confidence < DOUBTFUL;
  shown.element.classList.remove("growing", "old");
  shown.element.classList.toggle("doubtful", isDoubtful);
  if (isDoubtful) shown.element.setAttribute("aria-description", "low confidence");
  else shown.element.removeAttribute("aria-description");
  setText(shown.element, textOf(shown));
}

/**
 * @param {ShownSentence} shown
 * @param {string} before
 */
function setSpace(shown, before) {
  shown.before = before;
  if (shown.space.data !== before) shown.space.data = before;
}

/**
 * @param {HTMLElement} place
 * @param {string} text
 */
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
