/**
 * How the chosen sentence came about: its inspection by each translator, below the translation.
 */

import { element, foreignText, replaceChildren, setBusy } from "./dom.js";
import { icon } from "./icons.js";
import { drawInspection } from "./inspection.js";

/** @typedef {import("../types.js").Inspection} Inspection */

const QUIET = 250; // milliseconds without a new sentence, before it is inspected
const LONG_SENTENCE = 150; // characters
const SAID_AFTER = 400; // milliseconds before an inspection is said to be worked out

/** The inspection by one translator. */
class InspectionColumn {
  /**
   * @param {import("./client.js").WorkerClient} client
   * @param {number} folder
   * @param {string} name  empty if there is one column only
   */
  constructor(client, folder, name) {
    this.client = client;
    this.folder = folder;
    this.sentence = "";
    this.beam = 1;
    this.isRemembered = false;
    this.isAsked = false;
    this.isOld = false;
    this.fault = "";
    /** @type {number | undefined} */
    this.timer = undefined;
    this.status = element("p", { class: "status", role: "status" });
    this.givenText = element("p");
    this.back = element(
      "button",
      { type: "button", class: "quiet", onclick: () => this.ask([]) },
      icon("back"),
      "Back to the model’s own choice",
    );
    this.given = element("div", { class: "given-prefix" }, this.givenText, this.back);
    this.own = element("p", { class: "own" });
    this.panels = element("div", { class: "panels" });
    this.element = element(
      "div",
      { class: "column" },
      name ? element("h2", {}, foreignText(name)) : null,
      this.status,
      this.given,
      this.own,
      this.panels,
    );
    this.showGiven(null);
    this.showOwn(null);
  }

  /**
   * @param {string} sentence
   * @param {number} beam
   * @param {number[]} prefix
   * @param {boolean} isRemembered  the translation, which is then not the one that is inspected
   */
  inspect(sentence, beam, prefix, isRemembered) {
    this.sentence = sentence;
    this.beam = beam;
    this.isRemembered = isRemembered;
    this.ask(prefix);
  }

  /**
   * Ask for an inspection of a translation that begins with the tokens of a prefix.
   * @param {number[]} prefix
   */
  ask(prefix) {
    const { folder, sentence, beam } = this;
    this.isAsked = true;
    this.showBusy();
    this.client.request(
      `inspect ${folder}`,
      { type: "inspect", folder, sentence, beam, prefix },
      (answer) => {
        this.isAsked = false;
        this.fault = answer.type === "error" ? answer.message : "";
        if (answer.type === "inspection") this.draw(answer.inspection);
        else this.drawNothing();
        this.showBusy();
      },
    );
  }

  /**
   * The text has changed, and what is shown is of the old one, or not.
   * @param {boolean} isOld
   */
  setOld(isOld) {
    this.isOld = isOld;
    this.showBusy();
  }

  /** Say that another inspection is awaited, if that takes a while. */
  showBusy() {
    const isBusy = this.isAsked || this.isOld;
    if (isBusy === this.element.hasAttribute("aria-busy")) return;
    setBusy(this.element, isBusy);
    clearTimeout(this.timer);
    const say = () => {
      const isLong = this.sentence.length > LONG_SENTENCE;
      this.status.textContent = `Working it out…${isLong ? " A long sentence takes a while." : ""}`;
    };
    if (isBusy) this.timer = setTimeout(say, this.panels.hasChildNodes() ? SAID_AFTER : 0);
    else this.status.textContent = this.fault;
  }

  /** @param {Inspection} inspection */
  draw(inspection) {
    const hadFocus = this.back === document.activeElement;
    this.showGiven(inspection);
    this.showOwn(inspection);
    drawInspection(
      this.panels,
      inspection,
      { choose: (step, token) => this.ask(prefixOf(inspection, step, token)) },
      this.folder ? `model-${this.folder + 1}-` : "",
    );
    if (hadFocus) this.panels.querySelector("button")?.focus();
  }

  drawNothing() {
    this.panels.replaceChildren();
    this.showGiven(null);
    this.showOwn(null);
  }

  /**
   * Say that the translation of the model is inspected in place of one that is remembered.
   * @param {Inspection | null} inspection
   */
  showOwn(inspection) {
    this.own.hidden = !inspection || inspection.given > 0 || !this.isRemembered;
    if (!inspection || this.own.hidden) return;
    replaceChildren(
      this.own,
      "The translation above is remembered. What the model itself writes is inspected here: ",
      foreignText(inspection.translation.translation, { class: "anew" }),
    );
  }

  /** @param {Inspection | null} inspection */
  showGiven(inspection) {
    const isGiven = Boolean(inspection?.given);
    this.given.hidden = !isGiven;
    if (!inspection || !isGiven) return;
    const { translation } = inspection.translation;
    replaceChildren(
      this.givenText,
      inspection.given === 1 ? "The first piece was" : `The first ${inspection.given} pieces were`,
      " given, and the rest was written anew: ",
      foreignText(translation, { class: "anew" }),
    );
  }
}

/**
 * The tokens before a step, and another one in its place.
 * @param {Inspection} inspection
 * @param {number} step
 * @param {number} token
 * @returns {number[]}
 */
function prefixOf(inspection, step, token) {
  return [...inspection.steps.slice(0, step).map((each) => each.token), token];
}

export class SeePanel {
  /**
   * @param {import("./client.js").WorkerClient} client
   * @param {string[]} names  of the translators
   */
  constructor(client, names) {
    this.columns = names.map(
      (name, folder) => new InspectionColumn(client, folder, names.length > 1 ? name : ""),
    );
    this.isOpen = false;
    this.wanted = "";
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {() => void} */
    this.ask = () => {};
    this.source = element("p", { class: "dim see-source" });
    this.button = element(
      "button",
      {
        type: "button",
        class: "primary",
        "aria-expanded": "false",
        "aria-controls": "see",
        onclick: () => this.toggle(),
      },
      icon("see"),
      "See how it came about",
    );
    this.element = element(
      "section",
      { id: "see", "aria-label": "How it came about", hidden: true },
      this.source,
      element("div", { class: "columns" }, ...this.columns.map((column) => column.element)),
    );
  }

  toggle() {
    this.isOpen = !this.isOpen;
    this.button.setAttribute("aria-expanded", String(this.isOpen));
    this.element.hidden = !this.isOpen;
    this.ask();
    if (this.isOpen) this.element.scrollIntoView({ block: "nearest" });
  }

  /**
   * Inspect a sentence as soon as typing rests, if the panel is open.
   * @param {string} sentence
   * @param {number} beam
   * @param {number[][]} prefixes  the tokens that are given to each translator
   * @param {boolean[]} remembered  whether each has a translation that it remembers
   */
  show(sentence, beam, prefixes, remembered) {
    this.element.hidden = !this.isOpen;
    this.ask = () => {
      const key = JSON.stringify([sentence, beam, prefixes, remembered]);
      const isAsked = this.isOpen && key !== this.wanted;
      if (isAsked) {
        this.wanted = key;
        replaceChildren(this.source, "Sentence: ", foreignText(sentence.trim()));
      }
      for (const [i, column] of this.columns.entries()) {
        if (isAsked) column.inspect(sentence, beam, prefixes[i], remembered[i]);
        column.setOld(false);
      }
    };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), QUIET);
  }

  /** The text has changed, and its sentence is not translated yet. */
  wait() {
    clearTimeout(this.timer);
    this.ask = () => {};
    for (const column of this.columns) column.setOld(true);
  }

  /** There is no sentence. */
  clear() {
    clearTimeout(this.timer);
    this.element.hidden = true;
    this.wanted = "";
    this.ask = () => {};
  }
}
