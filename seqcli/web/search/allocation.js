/**
 * A beam search that shares out its places by how much a hypothesis has carried over.
 *
 * Counterpart of seqcli/decoding/allocation.py, where the method is explained: the hypotheses that
 * lack equally many counted tokens are a bank, and every bank has its places.
 */

import { rowOf } from "../model/tensors.js";
import { bestOfRow } from "./candidates.js";
import { lackingOf } from "./constraints.js";
import { distinctHypotheses } from "./hypotheses.js";
import { runSearch, Search } from "./search.js";

/** @typedef {import("../model/tensors.js").Tensor} Tensor */
/** @typedef {import("./candidates.js").Continuation} Continuation */

/**
 * Like `beamSearch`, with equal numbers of places for hypotheses that lack equally many of the
 * counted tokens.
 * @param {import("./search.js").StepModel} model
 * @param {import("./search.js").SearchRequest} request
 * @param {{beam: number, nbest: number}} size
 * @returns {Generator<number[], import("./hypotheses.js").Hypothesis[], void>}
 */
export function* allocatedSearch(model, request, { beam, nbest }) {
  return distinctHypotheses(yield* runSearch(model, new AllocatedSearch(request, beam, nbest)));
}

/**
 * A search whose candidates have the order in which they get places: the best of each bank, then
 * the second of each, and so on.
 */
class AllocatedSearch extends Search {
  /**
   * The best continuations of each row, and all that write a counted token.
   * @param {Tensor} logProbabilities
   * @returns {Continuation[]}
   */
  choose(logProbabilities) {
    const candidates = this.scores.flatMap((_, row) => this.continuationsOf(row, logProbabilities));
    const banks = candidates.map(
      ({ parent, token }) => lackingOf(this.missing[parent]) - Number(this.isCounted(token)),
    );
    return byRankInBank(candidates, banks);
  }

  /**
   * @param {number} row
   * @param {Tensor} logProbabilities
   * @returns {Continuation[]}
   */
  continuationsOf(row, logProbabilities) {
    const { counted } = this.request;
    // Of those with no counted token, a row can fill all places, with one end before them.
    const enough = 2 * Math.floor((this.beam + counted.length + 2) / 2);
    const best = bestOfRow(this.scores, logProbabilities, row, enough);
    const values = rowOf(logProbabilities, row);
    const writing = counted.map((token) => ({
      score: Math.fround(this.scores[row] + values[token]),
      parent: row,
      token,
    }));
    return [
      ...best.filter(({ token }) => !this.isCounted(token)),
      ...writing.filter(({ score }) => score > -Infinity),
    ];
  }

  /**
   * @param {number} token
   * @returns {boolean}
   */
  isCounted(token) {
    return this.request.counted.includes(token);
  }
}

/**
 * Candidates by their rank within their bank, in equal ranks by bank.
 * @param {Continuation[]} candidates
 * @param {number[]} banks
 * @returns {Continuation[]}
 */
function byRankInBank(candidates, banks) {
  const byScore = candidates
    .map((candidate, i) => ({ candidate, bank: banks[i], rank: 0 }))
    .sort((a, b) => b.candidate.score - a.candidate.score);
  /** @type {Map<number, number>} */
  const sizes = new Map();
  for (const each of byScore) {
    each.rank = sizes.get(each.bank) ?? 0;
    sizes.set(each.bank, each.rank + 1);
  }
  return byScore
    .sort((a, b) => a.rank - b.rank || a.bank - b.bank)
    .map(({ candidate }) => candidate);
}
