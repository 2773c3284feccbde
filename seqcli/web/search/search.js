/**
 * Greedy and beam search for the translation of one sentence.
 *
 * Counterpart of seqcli/decoding/search.py with the default constraints. Impossible hypotheses have
 * no rows here, so that R rows may be fewer than the beam: one in the first step and in a prefix.
 * S source length, V tokens of the output vocabulary.
 */

import { rowOf, selectRows } from "../model/tensors.js";
import { bestContinuations, liveCandidates } from "./candidates.js";
import { hasLoop, lackingOf, lengthNorm, lengthWithoutLoop } from "./constraints.js";
import { compareFinished, distinctHypotheses, rowsOf, traceHypothesis } from "./hypotheses.js";

/** @typedef {import("../model/tensors.js").Tensor} Tensor */
/** @typedef {import("./candidates.js").Continuation} Continuation */
/** @typedef {import("./hypotheses.js").Hypothesis} Hypothesis */
/** @typedef {import("./hypotheses.js").FinishedHypothesis} FinishedHypothesis */
/** @typedef {import("./hypotheses.js").SearchStep} SearchStep */

/**
 * What a search needs of a model. Only the model interprets its memory. The search changes the
 * log-probabilities of a step, and keeps its weights.
 * @typedef {Pick<import("../model/search_model.js").SearchModel, "encode" | "step">} StepModel
 */

/**
 * The input of a search: a source, and the constraints on its translations.
 *
 * A hypothesis has at most `limit` (1 or more) tokens before `end`, and begins with the prefix.
 * `forbidden` tokens are written in a prefix only. Of the tokens in `counted` it has at most as
 * many as `counts` allows; one that has fewer ranks below those that have all.
 * @typedef {object} SearchRequest
 * @property {number[]} source
 * @property {number} end
 * @property {number} limit
 * @property {number[]} forbidden
 * @property {number[]} prefix
 * @property {number[]} counted
 * @property {number[]} counts
 */

/**
 * The best hypotheses, best first: 1 to `nbest`. After each step, the tokens of the best live
 * hypothesis are yielded.
 * @param {StepModel} model
 * @param {SearchRequest} request
 * @param {{beam: number, nbest: number}} size
 * @returns {Generator<number[], Hypothesis[], void>}
 */
export function* beamSearch(model, request, { beam, nbest }) {
  return distinctHypotheses(yield* runSearch(model, new Search(request, beam, nbest)));
}

/**
 * Search until nothing better can be found. After each step, the tokens of the best live hypothesis
 * are yielded, so that a search can be shown as it goes on, or be given up.
 * @param {StepModel} model
 * @param {Search} search
 * @returns {Generator<number[], Hypothesis[], void>}
 */
export function* runSearch(model, search) {
  let { memory, state } = model.encode([search.request.source]);
  while (search.previous.length) {
    const output = model.step(search.previous, memory, state);
    search.advance(output.logProbabilities, output.weights);
    state = selectRows(output.state, search.parents);
    if (search.previous.length) yield search.written();
  }
  return search.best();
}

/**
 * The state of a search between two steps.
 *
 * `scores` [R] are the log-probabilities of the live hypotheses, best first; `previous` [R] the
 * tokens that the last step wrote; `parents` [R] the rows of the step before that they continue;
 * `missing` [R][counted] how many of each counted token a row may still write.
 */
export class Search {
  /**
   * @param {SearchRequest} request
   * @param {number} beam
   * @param {number} nbest
   */
  constructor(request, beam, nbest) {
    this.request = request;
    this.beam = beam;
    this.nbest = Math.min(nbest, beam);
    this.scores = [0];
    this.previous = [request.end];
    this.parents = [0];
    this.missing = [request.counts];
    /** @type {SearchStep[]} */
    this.history = [];
    /** @type {FinishedHypothesis[]} */
    this.ended = [];
    /** @type {FinishedHypothesis[]} */
    this.truncated = [];
  }

  /**
   * One step of all rows: [R,V], [R,S].
   * @param {Tensor} logProbabilities
   * @param {Tensor | null} weights
   */
  advance(logProbabilities, weights) {
    this.constrain(logProbabilities);
    const candidates = this.choose(logProbabilities);
    const endedRows = this.finishEnded(candidates);
    const atLimit = this.request.limit <= this.history.length;
    if (atLimit || !candidates.length) this.finishTruncated(endedRows, logProbabilities);
    let live = liveCandidates(candidates, this.request.end, this.beam);
    if (atLimit || !this.mayImprove(live)) live = [];
    this.missing = live.map(({ parent, token }) =>
      this.missing[parent].map((count, i) => count - Number(this.request.counted[i] === token)),
    );
    this.parents = live.map(({ parent }) => parent);
    this.previous = live.map(({ token }) => token);
    this.scores = live.map(({ score }) => score);
    this.history.push({
      parents: this.parents,
      tokens: this.previous,
      totals: this.scores,
      weights,
    });
  }

  /**
   * The tokens of the best live hypothesis so far.
   * @returns {number[]}
   */
  written() {
    const rows = rowsOf(this.history, this.history.length, 0);
    return rows.map((row, step) => this.history[step].tokens[row]);
  }

  /**
   * The best hypotheses: 1 to `nbest`, best first.
   * @returns {Hypothesis[]}
   */
  best() {
    return this.bestFinished().map((finished) => {
      const hypothesis = traceHypothesis(this.history, finished, this.request.end);
      return finished.stoppedBy === "limit" && this.isGuarded()
        ? this.withoutLoop(finished, hypothesis)
        : hypothesis;
    });
  }

  /**
   * The best finished hypotheses, those that ended by themselves first.
   * @returns {FinishedHypothesis[]}
   */
  bestFinished() {
    return [...this.ended, ...this.truncated].slice(0, this.nbest);
  }

  /**
   * The candidates of a step, in the order in which they get places in the beam. Twice the beam is
   * enough: even if every row ends, a full beam of live hypotheses remains.
   * @param {Tensor} logProbabilities
   * @returns {Continuation[]}
   */
  choose(logProbabilities) {
    return bestContinuations(this.scores, logProbabilities, 2 * this.beam);
  }

  /**
   * Set the log-probabilities [R,V] of the tokens that the constraints forbid to -inf.
   * @param {Tensor} logProbabilities
   */
  constrain(logProbabilities) {
    const { forbidden, prefix, counted } = this.request;
    const step = this.history.length;
    this.missing.forEach((missing, row) => {
      const values = rowOf(logProbabilities, row);
      if (step < prefix.length) {
        const value = values[prefix[step]];
        values.fill(-Infinity);
        values[prefix[step]] = value;
        return;
      }
      for (const token of forbidden) values[token] = -Infinity;
      missing.forEach((count, i) => {
        if (count <= 0) values[counted[i]] = -Infinity;
      });
    });
  }

  /**
   * Record the hypotheses that write the end at this step; their rows.
   * @param {Continuation[]} candidates
   * @returns {Set<number>}
   */
  finishEnded(candidates) {
    const ending = candidates.slice(0, this.beam).filter(({ token }) => token === this.request.end);
    for (const { parent, score } of ending) this.finishRow(parent, score, "eos", true);
    return new Set(ending.map(({ parent }) => parent));
  }

  /**
   * Record the hypotheses that stop at the limit, or that no token may continue. The step after the
   * limit has room for the end alone.
   * @param {Set<number>} endedRows
   * @param {Tensor} logProbabilities
   */
  finishTruncated(endedRows, logProbabilities) {
    this.scores.forEach((total, row) => {
      if (endedRows.has(row)) return;
      const end = rowOf(logProbabilities, row)[this.request.end];
      const withEnd = Math.fround(total + end);
      if (Number.isFinite(withEnd)) this.finishRow(row, withEnd, "limit", true);
      else this.finishRow(row, total, "limit", false);
    });
  }

  /**
   * Record a row as finished, with or without an end.
   * @param {number} row
   * @param {number} total
   * @param {"eos" | "limit"} stoppedBy
   * @param {boolean} withEnd
   */
  finishRow(row, total, stoppedBy, withEnd) {
    const length = this.history.length;
    this.finish({
      lacking: lackingOf(this.missing[row]),
      score: total / lengthNorm(length + Number(withEnd)),
      logProbability: total,
      length,
      row,
      withEnd,
      stoppedBy,
    });
  }

  /**
   * Keep a finished hypothesis if it is among the best of its kind (at most `beam`).
   * @param {FinishedHypothesis} finished
   */
  finish(finished) {
    const kind = finished.stoppedBy === "eos" ? this.ended : this.truncated;
    kind.push(finished);
    kind.sort(compareFinished);
    kind.length = Math.min(kind.length, this.beam);
  }

  /**
   * Whether a live hypothesis can still be among the `nbest`.
   *
   * Log-probabilities only fall, so the score of a hypothesis is at most its present
   * log-probability over the largest norm that it may reach: that of the limit and the end.
   * @param {Continuation[]} live
   * @returns {boolean}
   */
  mayImprove(live) {
    if (this.beam === 1) return !this.ended.length; // finished at its first end
    const worst = this.ended[this.nbest - 1];
    // One that lacks a counted token may be followed by one that has all.
    const bound = worst && !worst.lacking ? worst.score : -Infinity;
    const norm = lengthNorm(this.request.limit + 1);
    return live.some(({ score }) => score / norm > bound);
  }

  /**
   * Whether loops are cut off: not if the source or the prefix has one.
   * @returns {boolean}
   */
  isGuarded() {
    return !hasLoop(this.request.source) && !hasLoop(this.request.prefix);
  }

  /**
   * A hypothesis that reached its limit, without the repetitions of the loop at its end.
   * @param {FinishedHypothesis} finished
   * @param {Hypothesis} hypothesis
   * @returns {Hypothesis}
   */
  withoutLoop(finished, hypothesis) {
    const written = hypothesis.tokens.slice(0, finished.length);
    const length = lengthWithoutLoop(written);
    if (length === finished.length) return hypothesis;
    const row = rowsOf(this.history, finished.length, finished.row)[length - 1];
    const total = this.history[length - 1].totals[row];
    const cut = written.slice(length).filter((token) => this.request.counted.includes(token));
    return {
      tokens: written.slice(0, length),
      logProbability: total,
      score: total / lengthNorm(length),
      weights: hypothesis.weights?.slice(0, length) ?? null,
      stoppedBy: "repetition",
      lacking: hypothesis.lacking + cut.length,
      logProbabilities: hypothesis.logProbabilities.slice(0, length),
    };
  }
}
