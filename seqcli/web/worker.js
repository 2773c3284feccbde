/**
 * The worker of a page: it holds the translators, so that a search never stops the page from being
 * typed in. A search runs in short slices, between which messages come in.
 *
 * Requests have a `type` and an `id`, which the answers to them have too. A request of a kind ends
 * an earlier one of the same kind.
 *
 * (Counterparts: seqcli/cli/translate.py and seqcli/cli/inspect.py.)
 */

import { decodeBase64 } from "./model/weights.js";
import { inspect } from "./translation/inspection.js";
import { makeTranslator } from "./translation/loading.js";
import { TextTranslator } from "./translation/texts.js";

/** @typedef {import("./text/unicode.js").TextTables} TextTables */
/** @typedef {import("./translation/loading.js").FolderValues} FolderValues */
/**
 * What a page has of a folder; the weights are in base64.
 * @typedef {{values: FolderValues, weights: string}} FolderData
 */
/** @typedef {{type: "load", id: number, tables: TextTables, folders: FolderData[]}} LoadRequest */
/** @typedef {{type: "translate", id: number, text: string, beam: number}} TranslateRequest */
/**
 * The tokens of a `prefix` are given to the translation, as its beginning.
 * @typedef {{type: "inspect", id: number, folder: number, sentence: string, beam: number,
 *   prefix: number[]}} InspectRequest
 */
/** @typedef {{type: "alternatives", id: number, folder: number, source: string, beam: number}} AlternativesRequest */
/** @typedef {LoadRequest | TranslateRequest | InspectRequest | AlternativesRequest} WorkerRequest */
/**
 * `lines`: the text has so many. `growing` is the beginning of a part that is not ready.
 * @typedef {{type: "partial", id: number, lines: number | null,
 *   parts: import("./translation/texts.js").Part[], ends: import("./translation/texts.js").LineEnd[],
 *   growing: import("./translation/texts.js").Growing | null}} PartialAnswer
 */
/** @typedef {{type: "inspection", id: number, inspection: import("./types.js").Inspection}} InspectionAnswer */
/** @typedef {{type: "alternatives", id: number, nbest: import("./types.js").Translation[]}} AlternativesAnswer */
/** @typedef {{type: "error", id: number, message: string}} ErrorAnswer */
/**
 * "translation": all of the text is translated.
 * @typedef {{type: "ready" | "translation", id: number} | PartialAnswer | InspectionAnswer |
 *   AlternativesAnswer | ErrorAnswer} WorkerAnswer
 */
/** @typedef {{run: Generator<unknown, void, void>, id: number, flush?: () => void}} Job */

const SLICE = 15; // milliseconds
// A translation that is found sooner is shown when it is complete.
const GROWING_AFTER = 150; // milliseconds
const WARM_UP_WORDS = 8;
// What is done first: an inspection takes the longest.
const JOB_ORDER = ["load", "translate", "alternatives", "warm up", "inspect"];
const MOST_PARTS = 50; // of a message, so that the page draws little at once

/** @type {Map<string, Job>} */
const jobs = new Map();
const channel = new MessageChannel();
/** @type {TextTranslator | null} */
let textTranslator = null;
let isScheduled = false;

channel.port1.onmessage = () => {
  isScheduled = false;
  runSlice();
};

self.onmessage = (/** @type {MessageEvent<WorkerRequest>} */ event) => {
  const request = event.data;
  if (request.type === "inspect") startJob(`inspect ${request.folder}`, inspectJob(request));
  else if (request.type === "alternatives")
    startJob(`alternatives ${request.folder}`, alternativesJob(request));
  else if (request.type === "load") startJob("load", loadJob(request));
  else startJob("translate", translateJob(request));
};

/**
 * @param {string} kind
 * @param {Job} job
 */
function startJob(kind, job) {
  jobs.set(kind, job);
  scheduleSlice();
}

function scheduleSlice() {
  if (isScheduled || !jobs.size) return;
  isScheduled = true;
  channel.port2.postMessage(null);
}

/** Go on with the jobs for a while, in their order. */
function runSlice() {
  const end = performance.now() + SLICE;
  while (jobs.size && performance.now() < end) {
    const kinds = [...jobs.keys()];
    const [kind] = JOB_ORDER.flatMap((word) => kinds.filter((each) => each.startsWith(word)));
    advanceJob(kind, /** @type {Job} */ (jobs.get(kind)));
  }
  for (const job of jobs.values()) job.flush?.();
  scheduleSlice();
}

/**
 * @param {string} kind
 * @param {Job} job
 */
function advanceJob(kind, job) {
  try {
    if (job.run.next().done) jobs.delete(kind);
  } catch (error) {
    jobs.delete(kind);
    answer({
      type: "error",
      id: job.id,
      message: error instanceof Error ? error.message : `${error}`,
    });
  }
}

/** @param {WorkerAnswer} message */
function answer(message) {
  self.postMessage(message);
}

/**
 * @param {LoadRequest} request
 * @returns {Job}
 */
function loadJob({ id, tables, folders }) {
  function* run() {
    const translators = folders.map(({ values, weights }) =>
      makeTranslator(values, tables, decodeBase64(weights)),
    );
    textTranslator = new TextTranslator(translators);
    answer({ type: "ready", id });
    startJob("warm up", { run: warmUp(folders), id });
    yield;
  }
  return { run: run(), id };
}

/**
 * Translate a few frequent words: the browser compiles what runs often, so that the first sentence
 * of a person is as quick as the next.
 * @param {FolderData[]} folders
 * @returns {Generator<unknown, void, void>}
 */
function* warmUp(folders) {
  for (const [i, { values }] of folders.entries()) {
    const text = values.words.split("\n", WARM_UP_WORDS).join(" ");
    yield* loadedTranslator().translators[i].translate(text, { beam: 5, nbest: 1 });
  }
}

/**
 * @param {TranslateRequest} request
 * @returns {Job}
 */
function translateJob({ id, text, beam }) {
  const messages = new PartialMessages(id);
  function* run() {
    for (const progress of loadedTranslator().translate(text, beam)) {
      messages.add(progress);
      yield;
    }
    messages.flush();
    answer({ type: "translation", id });
  }
  return { run: run(), id, flush: () => messages.flush() };
}

/**
 * @param {AlternativesRequest} request
 * @returns {Job}
 */
function alternativesJob({ id, folder, source, beam }) {
  function* run() {
    const nbest = yield* loadedTranslator().alternatives({ folder, source }, beam);
    answer({ type: "alternatives", id, nbest });
  }
  return { run: run(), id };
}

/**
 * @param {InspectRequest} request
 * @returns {Job}
 */
function inspectJob({ id, folder, sentence, beam, prefix }) {
  function* run() {
    const translator = loadedTranslator().translators[folder];
    const tell = (/** @type {import("./types.js").Inspection} */ inspection) =>
      answer({ type: "inspection", id, inspection });
    tell(yield* inspect(translator, sentence, { beam, prefix, tellEarly: tell }));
  }
  return { run: run(), id };
}

/** @returns {TextTranslator} */
function loadedTranslator() {
  if (!textTranslator) throw new Error("the model is not open");
  return textTranslator;
}

/** Collects what a translation tells, so that the page gets neither many messages nor long ones. */
class PartialMessages {
  /** @param {number} id */
  constructor(id) {
    this.id = id;
    this.message = this.empty();
    /** @type {(() => import("./translation/texts.js").Growing) | null} */
    this.growing = null;
    this.quietUntil = performance.now() + GROWING_AFTER;
  }

  /** @returns {PartialAnswer} */
  empty() {
    return { type: "partial", id: this.id, lines: null, parts: [], ends: [], growing: null };
  }

  /** @param {import("./translation/texts.js").Progress} progress */
  add(progress) {
    const { message } = this;
    if ("lines" in progress) message.lines = progress.lines;
    else if ("end" in progress) message.ends.push(progress.end);
    else if ("part" in progress) {
      message.parts.push(progress.part);
      this.growing = null;
    } else this.growing = progress.growing;
    if (message.parts.length >= MOST_PARTS) this.flush();
  }

  flush() {
    const { message } = this;
    if (this.growing && performance.now() >= this.quietUntil) message.growing = this.growing();
    this.growing = null;
    if (message.lines || message.parts.length || message.ends.length || message.growing) {
      answer(message);
      this.message = this.empty();
    }
  }
}
