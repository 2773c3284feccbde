/** Play, pause, a step back and forward, and a slider. */

import { element } from "../dom.js";

const PAUSE_BETWEEN = 900; // milliseconds

/**
 * `show` is called with a position from 0 to `last`, first with `start`, and says in words what is
 * shown. `key` names the playback among the others of an inspection.
 * @typedef {object} PlaybackOptions
 * @property {string} label
 * @property {string} key
 * @property {number} last
 * @property {number} start
 * @property {(position: number) => string} show
 */

/** A position that the reader moves, or that moves by itself. */
export class Playback {
  /**
   * @param {import("./panel.js").PanelView} view
   * @param {PlaybackOptions} options
   */
  constructor(view, { label, key, last, start, show }) {
    this.last = last;
    this.show = show;
    this.position = start;
    this.timer = 0;
    const id = `${view.prefix}${key}-position`;
    this.slider = element("input", {
      ...{ type: "range", id, min: 0, max: last, step: 1, dataset: { key: `${key} slider` } },
      oninput: () => this.moveTo(Number(this.slider.value)),
    });
    this.play = playbackButton(`${key} play`, "Play", () => this.toggle());
    this.back = playbackButton(`${key} back`, "Back", () => this.moveTo(this.position - 1));
    this.forward = playbackButton(`${key} on`, "Forward", () => this.moveTo(this.position + 1));
    this.controls = element(
      "div",
      { class: "playback" },
      this.back,
      this.play,
      this.forward,
      element("label", { for: id }, label),
      this.slider,
    );
    this.draw();
  }

  get isPlaying() {
    return this.timer !== 0;
  }

  /** @param {number} position */
  moveTo(position) {
    this.pause();
    this.position = Math.min(Math.max(position, 0), this.last);
    this.draw();
  }

  toggle() {
    if (this.isPlaying) return this.pause();
    if (this.position === this.last) this.position = 0;
    this.draw();
    this.play.textContent = "Pause";
    this.timer = setInterval(() => this.tick(), PAUSE_BETWEEN);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.play.textContent = "Play";
  }

  tick() {
    // The page may have drawn another inspection in place of this one.
    if (!this.controls.isConnected) return this.pause();
    this.position++;
    this.draw();
    if (this.position >= this.last) this.pause();
  }

  draw() {
    this.slider.value = String(this.position);
    this.slider.setAttribute("aria-valuetext", this.show(this.position));
  }
}

/**
 * @param {string} key
 * @param {string} text
 * @param {() => void} onclick
 * @returns {HTMLButtonElement}
 */
function playbackButton(key, text, onclick) {
  return element("button", { type: "button", dataset: { key }, onclick }, text);
}
