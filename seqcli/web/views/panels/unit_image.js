/** Values of units as a picture: a pixel for each, blue above zero and red below. */

import { element } from "../dom.js";

// They can be told apart on white and on black; zero is the colour of the page.
const POSITIVE = [50, 115, 245];
const NEGATIVE = [225, 75, 60];

/**
 * @param {ArrayLike<number>[]} rows  values from -1 to 1; larger ones look like these
 * @param {number[]} order  the unit at each place
 * @param {string} label
 * @returns {HTMLCanvasElement}
 */
export function unitImage(rows, order, label) {
  const canvas = element("canvas", { class: "units", role: "img", "aria-label": label });
  canvas.width = order.length;
  canvas.height = rows.length;
  const context = canvas.getContext("2d");
  if (!context || !rows.length) return canvas;
  const image = context.createImageData(order.length, rows.length);
  let position = 0;
  for (const row of rows) {
    for (const unit of order) {
      image.data.set(row[unit] < 0 ? NEGATIVE : POSITIVE, position);
      image.data[position + 3] = Math.round(255 * Math.min(Math.abs(row[unit]), 1));
      position += 4;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * One row as a strip.
 * @param {ArrayLike<number>} values
 * @param {number[]} order
 * @param {string} label
 * @returns {HTMLElement}
 */
export function unitStrip(values, order, label) {
  return element("div", { class: "unit-strip" }, unitImage([values], order, label));
}
