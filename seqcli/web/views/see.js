/**
 * How the chosen sentence came about: its inspection by each translator, below the translation.
 */

import { element, foreignText, replaceChildren } from "./dom.js";
import { icon } from "./icons.js";
import { drawInspection } from "./inspection.js";

/** @typedef {import("../types.js").Inspection} Inspection */

const QUIET = 250; // milliseconds without a new sentence, before it is inspected

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
    this.status = element("p", { class: "status", role: "status" });
    this.givenText = element("p");
    this.back = element(
      "button",
      { type: "button", class: "quiet", onclick: () => this.ask([]) },
      icon("back"),
      "Back to the model’s own choice",
    );
    this.given = element("div", { class: "given-prefix" }, this.givenText, this.back);
    this.panels = element("div", { class: "panels" });
    this.element = element(
      "div",
      { class: "column" },
      name ? element("h2", {}, foreignText(name)) : null,
      this.status,
      this.given,
      this.panels,
    );
    this.showGiven(null);
  }

  /**
   * @param {string} sentence
   * @param {number} beam
   * @param {number[]} prefix
   */
  inspect(sentence, beam, prefix) {
    this.sentence = sentence;
    this.beam = beam;
    this.ask(prefix);
  }

  /**
   * Ask for an inspection of a translation that begins with the tokens of a prefix.
   * @param {number[]} prefix
   */
  ask(prefix) {
    const { folder, sentence, beam } = this;
    this.element.setAttribute("aria-busy", "true");
    if (!this.panels.hasChildNodes()) this.status.textContent = "Working it out…";
    this.client.request(
      `inspect ${folder}`,
      { type: "inspect", folder, sentence, beam, prefix },
      (answer) => {
        this.element.removeAttribute("aria-busy");
        if (answer.type === "inspection") this.draw(answer.inspection);
        else if (answer.type === "error") this.fail(answer.message);
      },
    );
  }

  /** @param {Inspection} inspection */
  draw(inspection) {
    const hadFocus = this.back === document.activeElement;
    this.status.textContent = "";
    this.showGiven(inspection);
    drawInspection(
      this.panels,
      inspection,
      { choose: (step, token) => this.ask(prefixOf(inspection, step, token)) },
      this.folder ? `model-${this.folder + 1}-` : "",
    );
    if (hadFocus) this.panels.querySelector("button")?.focus();
  }

  /** @param {string} message */
  fail(message) {
    this.panels.replaceChildren();
    this.showGiven(null);
    this.status.textContent = message;
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
    this.source = element("p", { class: "dim" });
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
  }

  /**
   * Inspect a sentence as soon as typing rests, if the panel is open.
   * @param {string} sentence
   * @param {number} beam
   * @param {number[][]} prefixes  the tokens that are given to each translator
   */
  show(sentence, beam, prefixes) {
    this.element.hidden = !this.isOpen;
    this.ask = () => {
      const key = JSON.stringify([sentence, beam, prefixes]);
      if (!this.isOpen || key === this.wanted) return;
      this.wanted = key;
      replaceChildren(this.source, "Sentence: ", foreignText(sentence.trim()));
      for (const [i, column] of this.columns.entries()) column.inspect(sentence, beam, prefixes[i]);
    };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), QUIET);
  }

  /** There is no sentence. */
  clear() {
    clearTimeout(this.timer);
    this.element.hidden = true;
    this.ask = () => {};
  }
}
