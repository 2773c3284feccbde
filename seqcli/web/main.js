/**
 * The page: it reads the data in its file, and draws the views.
 */

import { crc32 } from "./checksum.js";
import { WorkerClient } from "./views/client.js";
import { element } from "./views/dom.js";
import { drawInspection } from "./views/inspection.js";
import { drawFailure, drawShell, translatorFoot } from "./views/shell.js";
import { TranslateView } from "./views/translate.js";
import { directionOf } from "./views/wording.js";

/** @typedef {import("./types.js").Inspection} Inspection */
/**
 * A folder as `translator_page` in seqcli/web/translator_page.py describes it. `languages` are those
 * of source and target, or none; `about` are sentences.
 * @typedef {{name: string, languages: string[], about: string[],
 *   values: import("./translation/loading.js").FolderValues}} PageFolder
 */
/**
 * @typedef {{kind: "translator", folders: PageFolder[],
 *   tables: import("./text/unicode.js").TextTables}} TranslatorData
 */
/** @typedef {{kind: "inspection", inspection: Inspection}} InspectionData */

const DAMAGED = "The file is damaged, or it was not saved as a whole: copy or download it again.";

const NO_WORKER = "It cannot run scripts beside the page (web workers).";

/** @param {unknown} error */
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The text of an element that holds data; the element is removed, to free its memory. Throws an
 * Error if the text is not as Python wrote it.
 * @param {string} id
 * @returns {string}
 */
function takeData(id) {
  const holder = document.getElementById(id);
  if (!holder) throw new Error(`the part “${id}” is missing`);
  holder.remove();
  const text = holder.textContent ?? "";
  if (crc32(new TextEncoder().encode(text)) !== Number(holder.dataset.crc32)) {
    throw new Error(`the part “${id}” is damaged`);
  }
  return text;
}

/** @param {InspectionData} data */
function drawInspected({ inspection }) {
  const { source, translation } = inspection.translation;
  const panels = element("div");
  drawInspection(panels, inspection, null);
  drawShell(`${source} → ${translation}`, "", [panels]);
}

/** @param {TranslatorData} data */
function drawTranslator({ folders, tables }) {
  const parts = folders.map(({ values }, i) => ({ values, weights: takeData(`weights-${i}`) }));
  const script = takeData("worker");
  /** @param {string} reason */
  const fail = (reason) => drawFailure("The model in this file cannot be opened.", reason);
  const client = new WorkerClient(script, fail);
  const names = folders.map(({ name }) => name);
  const view = new TranslateView(client, names);
  const direction = directionOf(folders[0].languages);
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
    if (data.kind === "inspection") drawInspected(data);
    else if (typeof Worker === "function") drawTranslator(data);
    else
      drawFailure(
        "This browser cannot run the translator: open the page in a newer one.",
        NO_WORKER,
      );
  } catch (error) {
    drawFailure(DAMAGED, reasonOf(error));
  }
}

drawPage();
