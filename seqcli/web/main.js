/**
 * The page: it reads the data in its file, and draws the views.
 */

import { WorkerClient } from "./views/client.js";
import { element, foreignText } from "./views/dom.js";
import { drawInspection } from "./views/inspection.js";
import { drawFailure, drawShell, translatorFoot } from "./views/shell.js";
import { TranslateView } from "./views/translate.js";
import { directionOf } from "./views/wording.js";

/**
 * @typedef {{name: string, languages?: string[], about?: string[], examples?: string[],
 *   values: any}} PageFolder
 */
/** @typedef {{kind: "translator", folders: PageFolder[], tables: any}} TranslatorData */
/**
 * @typedef {{kind: "inspection",
 *   inspections: {name: string, inspection: import("./types.js").Inspection}[]}} InspectionData
 */

const DAMAGED = "The file is damaged, or it was not saved as a whole.";

/** @param {unknown} error */
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The text of an element that holds data; the element is removed, to free its memory.
 * @param {string} id
 * @returns {string}
 */
function takeData(id) {
  const holder = document.getElementById(id);
  if (!holder) throw new Error(`the part “${id}” is missing`);
  holder.remove();
  return holder.textContent ?? "";
}

/** @param {InspectionData} data */
function drawInspections({ inspections }) {
  const columns = inspections.map(({ name, inspection }, i) => {
    const panels = element("div", { class: "panels" });
    drawInspection(panels, inspection, null, i ? `model-${i + 1}-` : "");
    const heading = inspections.length > 1 ? element("h2", {}, foreignText(name)) : null;
    return element("div", { class: "column" }, heading, panels);
  });
  const { source, translation } = inspections[0].inspection.translation;
  const names = inspections.map(({ name }) => name).filter(Boolean);
  const title = inspections.length > 1 ? source : `${source} → ${translation}`;
  drawShell(title, names.join(", "), [element("div", { class: "columns" }, ...columns)]);
}

/** @param {TranslatorData} data */
function drawTranslator({ folders, tables }) {
  const parts = folders.map(({ values }, i) => ({ values, graphs: takeData(`weights-${i}`) }));
  const script = takeData("worker");
  /** @param {string} reason */
  const fail = (reason) => drawFailure("The model in this file cannot be opened.", reason);
  const client = new WorkerClient(script, fail);
  const names = folders.map(({ name }) => name);
  const view = new TranslateView(client, names, folders[0].examples ?? []);
  const direction = directionOf(folders[0].languages ?? []);
  const title = direction || names.join(" and ");
  drawShell(title, direction ? names.join(", ") : "", view.elements, translatorFoot(folders));
  if (matchMedia("(pointer: fine)").matches) view.box.area.focus();
  client.request("load", { type: "load", tables, folders: parts }, (answer) => {
    if (answer.type === "ready") view.ready();
    else if (answer.type === "error") fail(answer.message);
  });
}

function drawPage() {
  try {
    const data = JSON.parse(takeData("data"));
    if (data.kind === "inspection") drawInspections(data);
    else if (typeof Worker === "function") drawTranslator(data);
    else drawFailure("This browser cannot run the translator.", "It has no workers.");
  } catch (error) {
    drawFailure(DAMAGED, reasonOf(error));
  }
}

drawPage();
