/**
 * The button that copies a translation.
 */

import { element } from "./dom.js";
import { icon } from "./icons.js";

const SAID_FOR = 2000; // milliseconds

/**
 * @param {() => string} getText
 * @param {string} what  the button copies
 * @returns {HTMLElement}
 */
export function copyButton(getText, what) {
  const label = element("span", {}, "Copy");
  const said = element("span", { class: "hidden", role: "status" });
  /** @param {string} word */
  const say = (word) => {
    label.textContent = word;
    said.textContent = word;
    setTimeout(() => {
      label.textContent = "Copy";
      said.textContent = "";
    }, SAID_FOR);
  };
  const button = element(
    "button",
    {
      type: "button",
      class: "quiet",
      onclick: async () => say((await copyText(getText())) ? "Copied" : "Not copied"),
    },
    icon("copy"),
    label,
    element("span", { class: "hidden" }, ` ${what}`),
  );
  return element("span", {}, button, said);
}

/**
 * @param {string} text
 * @returns {Promise<boolean>}
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // as on a page that was opened from a disk
  }
}

/**
 * @param {string} text
 * @returns {boolean}
 */
function copyBySelection(text) {
  const focused = document.activeElement;
  const area = element("textarea", { class: "hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
