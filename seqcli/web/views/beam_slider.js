/**
 * The slider for the width of the beam.
 */

import { element } from "./dom.js";

const DEFAULT_BEAM = 5;
const MOST_BEAM = 10;

/**
 * @param {() => void} onChange
 * @returns {{element: HTMLElement, readonly value: number}}
 */
export function beamSlider(onChange) {
  const shown = element("output", { for: "beam" }, String(DEFAULT_BEAM));
  const slider = element("input", {
    id: "beam",
    type: "range",
    min: 1,
    max: MOST_BEAM,
    value: DEFAULT_BEAM,
    "aria-describedby": "beam-hint",
    oninput: () => {
      shown.textContent = slider.value;
      onChange();
    },
  });
  return {
    element: element(
      "div",
      { class: "beam" },
      element("label", { for: "beam" }, "Beam"),
      slider,
      shown,
      element("span", { class: "dim hint", id: "beam-hint" }, "translations followed at once"),
    ),
    get value() {
      return Number(slider.value);
    },
  };
}
