/**
 * The view that translates as one types.
 *
 * (Counterpart: seqcli/cli/translate.py.)
 */

import { beamSlider } from "./beam_slider.js";
import { copyButton } from "./copying.js";
import { element, foreignText, replaceChildren, setBusy } from "./dom.js";
import { icon } from "./icons.js";
import { Output } from "./output.js";
import { SeePanel } from "./see.js";
import { SentenceDetails } from "./sentence_details.js";
import { SourceBox } from "./source_box.js";
import { shortenedText, unreadMessages } from "./wording.js";

/** @typedef {import("../worker.js").WorkerAnswer} WorkerAnswer */
/** @typedef {import("./output.js").Place} Place */

const QUIET_BEFORE_READING = 800; // milliseconds without typing, before a screen reader is told
const LONGEST_READ = 500; // characters
const LATE_AFTER = 400; // milliseconds before a translation is shown to be of an older text

export class TranslateView {
  /**
   * @param {import("./client.js").WorkerClient} client
   * @param {string[]} names  of the translators
   */
  constructor(client, names) {
    this.client = client;
    this.isReady = false;
    /** The sentence whose alternatives were asked for last, of each translator. */
    this.asked = names.map(() => "");
    /** Whether they are awaited. */
    this.isAwaited = names.map(() => false);
    /** The sentence that a person has chosen; null: the one with the caret. @type {Place | null} */
    this.place = null;
    this.caret = 0;
    this.willDraw = false;
    this.isLate = false;
    /** @type {number | undefined} */
    this.lateTimer = undefined;
    /** @type {number | undefined} */
    this.readingTimer = undefined;
    this.box = new SourceBox(
      "Type or paste a text",
      () => this.typed(),
      () => this.caretMoved(),
    );
    this.outputs = names.map((_, folder) => new Output(folder, (place) => this.choose(place)));
    this.details = names.map(
      (_, folder) => new SentenceDetails(folder, (rank) => this.chooseRank(folder, rank)),
    );
    this.see = new SeePanel(client, names);
    this.beam = beamSlider(() => this.translate());
    this.status = element("p", { class: "status", role: "status" }, "Opening the model…");
    this.reading = element("p", { class: "hidden", "aria-live": "polite", dir: "auto" });
    this.unread = element("ul", { class: "notes", id: "source-notes" });
    this.empty = element("p", { class: "dim", hidden: true }, "The translation appears here.");
    this.clearButton = element(
      "button",
      { type: "button", class: "quiet", hidden: true, onclick: () => this.clear() },
      icon("clear"),
      "Clear",
    );
    this.copyButtons = this.outputs.map((output) =>
      copyButton(() => output.text, "the translation"),
    );
    this.sentence = element("p", { class: "dim sentence-source" });
    this.about = this.drawAbout(names);
    this.showButtons();
    this.elements = [
      element("div", { class: "pair" }, this.drawSource(), this.drawTargets(names)),
      this.about,
      this.see.element,
    ];
  }

  /** @returns {HTMLElement} */
  drawSource() {
    return element(
      "section",
      { class: "card" },
      element(
        "div",
        { class: "card-head" },
        element("h2", {}, element("label", { for: "source-text" }, "Text")),
        this.clearButton,
      ),
      this.box.element,
    );
  }

  /**
   * @param {string[]} names
   * @returns {HTMLElement}
   */
  drawTargets(names) {
    const cards = this.outputs.map((output, i) =>
      element(
        "section",
        { class: "card" },
        element(
          "div",
          { class: "card-head" },
          element("h2", {}, "Translation", names.length > 1 ? [" by ", foreignText(names[i])] : ""),
          this.copyButtons[i],
        ),
        i ? null : [this.status, this.empty],
        output.element,
        i ? null : this.unread,
      ),
    );
    return element("div", { class: "targets" }, this.reading, ...cards);
  }

  /**
   * @param {string[]} names
   * @returns {HTMLElement}
   */
  drawAbout(names) {
    return element(
      "section",
      { class: "card", hidden: true },
      element("h2", {}, "This sentence"),
      this.sentence,
      element(
        "div",
        { class: "columns" },
        ...this.details.map((details, i) =>
          element(
            "div",
            { class: "column" },
            names.length > 1 ? element("h3", {}, foreignText(names[i])) : null,
            details.element,
          ),
        ),
      ),
      this.beam.element,
      this.see.button,
    );
  }

  /** What there is nothing to do with is hidden. */
  showButtons() {
    this.clearButton.hidden = !this.box.text;
    for (const [i, output] of this.outputs.entries())
      this.copyButtons[i].hidden = !output.lines.length;
  }

  clear() {
    this.box.text = "";
    this.box.area.focus();
  }

  /** The model is open. */
  ready() {
    this.isReady = true;
    this.status.textContent = "";
    this.translate();
  }

  typed() {
    this.place = null;
    this.caret = this.box.caret;
    this.clearButton.hidden = !this.box.text;
    this.translate();
  }

  /** The sentence with the caret is shown, unless its translation is awaited. */
  caretMoved() {
    if (this.caret === this.box.caret) return;
    this.caret = this.box.caret;
    this.choose(null);
    for (const output of this.outputs) output.reveal();
  }

  translate() {
    if (!this.isReady) return;
    clearTimeout(this.readingTimer);
    clearTimeout(this.lateTimer);
    for (const output of this.outputs) output.begin();
    const { text } = this.box;
    const isBlank = !text.trim();
    this.empty.hidden = !isBlank;
    if (isBlank) this.drawNothing();
    else this.lateTimer = setTimeout(() => this.setLate(true), LATE_AFTER);
    this.client.request(
      "translate",
      { type: "translate", text: isBlank ? "" : text, beam: this.beam.value },
      (answer) => {
        if (!isBlank) this.receive(answer);
      },
    );
  }

  /**
   * Show what is of an older text, while the translation takes a while.
   * @param {boolean} isLate
   */
  setLate(isLate) {
    this.isLate = isLate;
    setBusy(this.unread, isLate);
    for (const output of this.outputs) output.markOld();
    this.drawChosen();
  }

  drawNothing() {
    this.willDraw = false;
    this.asked.fill("");
    for (const output of this.outputs) output.clear();
    this.unread.replaceChildren();
    this.reading.textContent = "";
    this.status.textContent = "";
    this.about.hidden = true;
    this.see.clear();
    this.showButtons();
  }

  /** @param {WorkerAnswer} answer */
  receive(answer) {
    if (answer.type === "error") {
      this.status.textContent = `This could not be translated: ${answer.message}`;
      return;
    }
    if (answer.type === "partial") {
      this.status.textContent = "";
      for (const output of this.outputs) output.receive(answer);
      this.underline(answer.parts.filter((part) => part.folder === 0));
    }
    if (answer.type !== "translation") return this.drawSoon();
    clearTimeout(this.lateTimer);
    this.setLate(false);
    this.finish();
  }

  /** Draw before the next frame, once for all that the worker tells until then. */
  drawSoon() {
    if (!this.willDraw) requestAnimationFrame(() => this.willDraw && this.drawChosen());
    this.willDraw = true;
  }

  /** @param {import("../translation/texts.js").Part[]} parts  next to each other */
  underline(parts) {
    const last = parts[parts.length - 1];
    if (!last) return;
    const spans = parts.flatMap(({ start, unknownAt }) =>
      unknownAt.map(([from, to]) => /** @type {[number, number]} */ ([start + from, start + to])),
    );
    this.box.underline(parts[0].start, last.start + last.source.length, spans);
  }

  /** All of the text is translated. */
  finish() {
    const best = this.outputs[0].sentences.flatMap(({ part }) => (part ? [part.nbest[0]] : []));
    const messages = best.length > 1 ? unreadMessages(best) : [];
    if (this.outputs.some((output) => output.lines.some((line) => line.cut))) {
      messages.push("a line is too long: only its beginning was read");
    }
    replaceChildren(
      this.unread,
      messages.map((text) => element("li", {}, foreignText(text))),
    );
    if (!this.place) for (const output of this.outputs) output.reveal();
    this.readingTimer = setTimeout(() => {
      this.reading.textContent = shortenedText(this.outputs[0].text, LONGEST_READ);
    }, QUIET_BEFORE_READING);
  }

  /**
   * Ask for all translations of a sentence of which the best alone is known; returns whether they
   * are awaited.
   * @param {number} folder
   * @param {import("./output.js").ShownSentence | null} shown
   * @returns {boolean}
   */
  askAlternatives(folder, shown) {
    const beam = this.beam.value;
    const part = shown?.part;
    if (this.outputs[folder].isOld) return true; // others are asked for soon
    if (!part || beam === 1 || part.nbest.length > 1) return false;
    const [best] = part.nbest;
    if (!best.source_pieces.length && best.origin !== "memory") return false;
    const key = JSON.stringify([part.line, part.index, part.source, beam]);
    if (key === this.asked[folder]) return this.isAwaited[folder];
    this.asked[folder] = key;
    this.isAwaited[folder] = true;
    this.client.request(
      `alternatives ${folder}`,
      { type: "alternatives", folder, source: part.source, beam },
      (answer) => {
        this.isAwaited[folder] = false;
        if (answer.type === "alternatives" && shown.part?.source === part.source) {
          shown.part = { ...shown.part, nbest: answer.nbest };
        }
        this.drawSoon();
      },
    );
    return true;
  }

  /** @param {Place | null} place  null: where the caret is */
  choose(place) {
    this.place = place;
    this.drawChosen();
  }

  /**
   * @param {number} folder
   * @param {number} rank
   */
  chooseRank(folder, rank) {
    this.outputs[folder].chooseRank(rank);
    this.drawChosen();
  }

  /** Draw what belongs to the chosen sentence, or to the one with the caret. */
  drawChosen() {
    this.willDraw = false;
    const place = this.place ?? this.outputs[0].placeAt(this.box.caret);
    const shown = this.outputs.map((output) => output.choose(place));
    const source = shown[0]?.part?.source ?? "";
    this.about.hidden = !source.trim();
    this.sentence.hidden = this.outputs[0].isSingle;
    replaceChildren(this.sentence, foreignText(shortenedText(source.trim(), LONGEST_READ)));
    this.showButtons();
    for (const [i, details] of this.details.entries()) {
      details.show(shown[i], this.askAlternatives(i, shown[i]));
    }
    if (!source.trim()) return this.see.clear();
    const isOld = this.outputs.some((output) => output.isOld);
    setBusy(this.about, isOld && this.isLate);
    if (isOld) return this.see.wait();
    // (A translator that remembers the whole line has it in place of the sentence.)
    const prefixes = shown.map((each) =>
      each?.part?.source === source && each.rank ? (each.part.nbest[each.rank].tokens ?? []) : [],
    );
    const remembered = shown.map((each) => each?.part?.nbest[each.rank].origin === "memory");
    this.see.show(source, this.beam.value, prefixes, remembered);
  }
}
