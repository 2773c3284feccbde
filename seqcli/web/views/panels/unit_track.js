/** The track of one unit: its gates and its state over the steps of a sentence. */

import { element, foreignText, replaceChildren, svgElement } from "../dom.js";

/** @typedef {import("./units.js").UnitRows} UnitRows */

/** What is drawn of the unit that is chosen. */
export class UnitTrack {
  /**
   * @param {import("./units.js").UnitTable} table
   * @param {import("./panel.js").PanelView} view
   * @param {(share: number) => void} mark  told where in the pictures, 0 to 1, the unit is
   */
  constructor(table, view, mark) {
    this.table = table;
    this.view = view;
    this.mark = mark;
    this.names = table.rows[table.rows.length - 1].names;
    this.step = Math.min(view.kept.trackStep ?? 1, this.names.length - 1);
    this.place = 0;
    const id = `${view.prefix}unit`;
    this.slider = element("input", {
      ...{ type: "range", id, min: 0, max: table.order.length - 1, step: 1 },
      dataset: { key: "unit" },
      oninput: () => this.choose(Number(this.slider.value)),
    });
    this.title = element("output", { for: id });
    this.chart = svgElement("svg", {
      ...{ viewBox: `0 -1.05 ${this.names.length} 2.1`, preserveAspectRatio: "none" },
      "aria-hidden": "true",
    });
    this.buttons = this.names.map((name, step) => this.stepButton(name, step));
    this.legend = element("ul", { class: "legend", "aria-live": "polite" });
    this.nodes = this.layOut(id);
  }

  /**
   * @param {string} name
   * @param {number} step
   * @returns {HTMLButtonElement}
   */
  stepButton(name, step) {
    const look = () => this.chooseStep(step);
    const listeners = { onclick: look, onfocus: look, onpointerenter: look };
    const attributes = { type: "button", dataset: { key: `track ${step}` }, ...listeners };
    return element("button", attributes, foreignText(name));
  }

  /**
   * @param {string} id
   * @returns {Node[]}
   */
  layOut(id) {
    const columns = { "--columns": this.names.length };
    const grid = element("div", { class: "track", style: columns }, this.chart, ...this.buttons);
    this.chart.addEventListener("pointermove", (event) => this.chooseAt(event.clientX));
    this.chart.addEventListener("pointerdown", (event) => this.chooseAt(event.clientX));
    return [
      element("h3", {}, "The track of one unit"),
      element(
        "p",
        { class: "caption" },
        "Choose a unit here or in a picture above; 1 is at the top, 0 in the middle, -1 at the bottom.",
      ),
      element("p", { class: "unit-choice" }, [
        element("label", { for: id }, "Unit"),
        this.slider,
        this.title,
      ]),
      element("div", { class: "scroll" }, grid),
      this.legend,
    ];
  }

  /** @param {number} x */
  chooseAt(x) {
    const box = this.chart.getBoundingClientRect();
    this.chooseStep(Math.floor(((x - box.left) / box.width) * this.names.length));
  }

  /** @param {number} share  of the width of a picture */
  chooseShare(share) {
    this.choose(Math.floor(share * this.table.order.length));
  }

  /** @param {number} place */
  choose(place) {
    const count = this.table.order.length;
    this.place = Math.min(Math.max(place, 0), count - 1);
    this.view.kept.unitPlace = this.place;
    this.slider.value = String(this.place);
    this.title.textContent = `unit ${this.unit + 1} of ${count}, place ${this.place + 1} from the left`;
    this.slider.setAttribute("aria-valuetext", this.title.textContent);
    this.mark((this.place + 0.5) / count);
    this.draw();
  }

  /** @param {number} step */
  chooseStep(step) {
    this.step = Math.min(Math.max(step, 0), this.names.length - 1);
    this.view.kept.trackStep = this.step;
    this.draw();
  }

  get unit() {
    return this.table.order[this.place];
  }

  draw() {
    const { step, unit, names } = this;
    const lines = this.table.rows.map((rows, i) =>
      svgElement("polyline", {
        class: `series-${i}`,
        points: rows.values.map((row, t) => `${rows.first + t + 0.5},${-row[unit]}`).join(" "),
      }),
    );
    const grid = [-1, 0, 1].map((y) =>
      svgElement("line", { class: "grid", x1: 0, x2: names.length, y1: y, y2: y }),
    );
    const here = { class: "here", x1: step + 0.5, x2: step + 0.5, y1: -1.05, y2: 1.05 };
    replaceChildren(this.chart, ...grid, svgElement("line", here), ...lines);
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(i === step));
    });
    const entries = this.table.rows.map((rows, i) => legendEntry(rows, i, step, unit));
    const title = element("li", {}, "after ", foreignText(names[step]), ":");
    replaceChildren(this.legend, title, ...entries);
  }
}

/**
 * @param {UnitRows} rows
 * @param {number} series
 * @param {number} step
 * @param {number} unit
 * @returns {HTMLElement}
 */
function legendEntry(rows, series, step, unit) {
  const line = svgElement("line", { class: `series-${series}`, x1: 0, x2: 28, y1: 6, y2: 6 });
  const value = step < rows.first ? "–" : rows.values[step - rows.first][unit].toFixed(2);
  return element(
    "li",
    {},
    svgElement("svg", { viewBox: "0 0 28 12", "aria-hidden": "true" }, line),
    `${rows.name} ${value}`,
  );
}
