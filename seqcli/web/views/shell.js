/**
 * What is around the views: the heading, the foot, and what is shown if the page cannot work.
 */

import { element, foreignText, replaceChildren } from "./dom.js";
import { icon } from "./icons.js";

const OFFLINE =
  "This page works offline and sends nothing: what you type stays on this device. " +
  "The translator is inside the file.";

const LONG_TITLE = 80; // characters from which on it is written smaller

/**
 * @param {string} title
 * @param {string} subtitle
 * @param {Node[]} content
 * @param {Node[]} foot
 */
export function drawShell(title, subtitle, content, foot = []) {
  replaceChildren(
    document.body,
    element(
      "header",
      {},
      element("h1", { class: title.length > LONG_TITLE ? "long" : null }, foreignText(title)),
      subtitle ? element("p", { class: "dim" }, foreignText(subtitle)) : null,
    ),
    element("main", {}, ...content),
    element("footer", {}, ...foot),
  );
}

/**
 * The foot of a page that translates: what it does with a text, and what each translator is.
 * @param {{name: string, about: string[]}[]} folders
 * @returns {HTMLElement[]}
 */
export function translatorFoot(folders) {
  const about = folders.flatMap((folder) => [
    folders.length > 1 ? element("h3", {}, foreignText(folder.name)) : null,
    ...folder.about.map((line) => element("p", {}, foreignText(line))),
  ]);
  return [
    element("p", {}, OFFLINE),
    ...(about.length
      ? [element("details", {}, element("summary", {}, "About this translator"), ...about)]
      : []),
  ];
}

/**
 * The page cannot work.
 * @param {string} what
 * @param {string} why
 */
export function drawFailure(what, why) {
  drawShell("This page cannot be opened", "", [
    element(
      "section",
      { class: "card failure", role: "alert" },
      element("p", {}, icon("warning"), what),
      element("p", { class: "dim" }, foreignText(why)),
    ),
  ]);
}
