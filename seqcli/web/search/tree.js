/**
 * The tree of a beam search: all hypotheses that were in the beam, and how each branch ended.
 *
 * Counterpart of seqcli/decoding/tree.py. A tree is the list that `tree_list` makes there: a branch
 * names the place of its parent.
 */

import { rowsOf } from "./hypotheses.js";
import { runSearch, Search } from "./search.js";

/** @typedef {import("../types.js").Branch} Branch */
/** @typedef {import("./hypotheses.js").Hypothesis} Hypothesis */
/** @typedef {import("./hypotheses.js").FinishedHypothesis} FinishedHypothesis */

/**
 * A branch of a step, the row of the step before that it continues, and its own row, if it has one.
 * @typedef {{branch: Omit<Branch, "parent">, from: number, row: number}} GrownBranch
 */

const ENDED = -1; // the row of a branch that has none

/**
 * The best hypothesis, and the tree of the search that found it.
 * @param {import("./search.js").StepModel} model
 * @param {import("./search.js").SearchRequest} request
 * @param {number} beam
 * @param {(token: number) => string} pieceOf
 * @returns {Generator<number[], {best: Hypothesis, tree: Branch[]}, void>}
 */
export function* searchTree(model, request, beam, pieceOf) {
  const search = new TracedSearch(request, beam, pieceOf);
  const [best] = yield* runSearch(model, search);
  return { best, tree: search.branches(best) };
}

/** A search that keeps every finished hypothesis, by length. */
class TracedSearch extends Search {
  /**
   * @param {import("./search.js").SearchRequest} request
   * @param {number} beam
   * @param {(token: number) => string} pieceOf
   */
  constructor(request, beam, pieceOf) {
    super(request, beam, 1);
    this.pieceOf = pieceOf;
    /** @type {Map<number, FinishedHypothesis[]>} */
    this.finishedByLength = new Map();
  }

  /** @param {FinishedHypothesis} finished */
  finish(finished) {
    super.finish(finished);
    this.finishedByLength.set(finished.length, [...this.finishedAt(finished.length), finished]);
  }

  /**
   * The hypotheses that finished with so many tokens before the end.
   * @param {number} length
   * @returns {FinishedHypothesis[]}
   */
  finishedAt(length) {
    return this.finishedByLength.get(length) ?? [];
  }

  /**
   * All branches, step by step; those with one parent stand together, the most probable first.
   * @param {Hypothesis} best  the best hypothesis
   * @returns {Branch[]}
   */
  branches(best) {
    const [winner] = this.bestFinished();
    const bestRows = rowsOf(this.history, winner.length, winner.row);
    /** @type {Branch[]} */
    const listed = [];
    let places = new Map([[0, -1]]); // of the branches of the step before, by row
    for (let step = 0; step < this.history.length; step++) {
      const grown = [...this.ends(step, winner), ...this.continuations(step, bestRows[step])];
      const level = inOrderOfParents(grown, places);
      places = new Map();
      for (const { branch, row, parent } of level) {
        if (branch.best && step === best.tokens.length - 1 && best.stoppedBy === "repetition") {
          // Only repetitions follow, so that the branch gets no children.
          Object.assign(branch, { outcome: "repetition", score: best.score });
        } else {
          places.set(row, listed.length);
        }
        listed.push({ ...branch, parent });
      }
    }
    return listed;
  }

  /**
   * The branches that end at a step.
   * @param {number} step
   * @param {FinishedHypothesis} winner
   * @returns {GrownBranch[]}
   */
  ends(step, winner) {
    const ended = this.finishedAt(step).filter(({ withEnd }) => withEnd);
    return ended.map((finished) => ({
      branch: {
        piece: this.pieceOf(this.request.end),
        log_probability: finished.logProbability,
        score: finished.score,
        outcome: finished.stoppedBy,
        best: finished === winner,
      },
      from: finished.row,
      row: ENDED,
    }));
  }

  /**
   * The branches of the rows of a step.
   * @param {number} step
   * @param {number | undefined} bestRow
   * @returns {GrownBranch[]}
   */
  continuations(step, bestRow) {
    const { tokens, totals, parents } = this.history[step];
    return tokens.map((token, row) => {
      const finished = this.finishedAt(step + 1).find((each) => each.row === row);
      const stopped = finished && !finished.withEnd ? finished : null;
      return {
        branch: {
          piece: this.pieceOf(token),
          log_probability: totals[row],
          score: stopped ? stopped.score : null,
          outcome: stopped ? "limit" : this.outcomeOf(step, row, finished !== undefined),
          best: row === bestRow,
        },
        from: parents[row],
        row,
      };
    });
  }

  /**
   * How the branch of a row goes on, given whether an end follows it.
   * @param {number} step
   * @param {number} row
   * @param {boolean} ends
   * @returns {"" | "pruned" | "unfinished"}
   */
  outcomeOf(step, row, ends) {
    const next = this.history[step + 1]?.parents ?? [];
    if (ends || next.includes(row)) return "";
    return next.length ? "pruned" : "unfinished";
  }
}

/**
 * Branches in the order of their parents' places, then of their probabilities; without those whose
 * parent has no place.
 * @param {GrownBranch[]} grown
 * @param {Map<number, number>} places  by row
 * @returns {(GrownBranch & {parent: number})[]}
 */
function inOrderOfParents(grown, places) {
  return grown
    .flatMap((each) => {
      const parent = places.get(each.from);
      return parent === undefined ? [] : [{ ...each, parent }];
    })
    .sort((a, b) => a.parent - b.parent || b.branch.log_probability - a.branch.log_probability);
}
