/**
 * The few signs on buttons. Each stands beside a word, so that a screen reader passes over it.
 */

import { svgElement } from "./dom.js";

const ICONS = {
  copy: ["M9 9h10v11H9z", "M5 15V4h10"],
  clear: ["M6 6l12 12", "M18 6L6 18"],
  warning: ["M12 4l9 16H3z", "M12 10v4", "M12 17v.5"],
  see: ["M3 12c4-7 14-7 18 0-4 7-14 7-18 0z", "M12 9.5a2.5 2.5 0 1 0 .01 0z"],
  back: ["M9 7l-5 5 5 5", "M4 12h10a6 6 0 0 1 6 6"],
};

/**
 * @param {keyof typeof ICONS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  return svgElement(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    ICONS[name].map((path) => svgElement("path", { d: path })),
  );
}
