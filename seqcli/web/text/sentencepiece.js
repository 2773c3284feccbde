/**
 * Cuts text into pieces as the SentencePiece library does, by a model of any of its four kinds:
 * unigram, bpe, char and word. The counterpart is `sentencepiece.SentencePieceProcessor`, with the
 * settings that every tokenizer of seqcli has.
 *
 * See https://github.com/google/sentencepiece: src/unigram_model.cc, bpe_model.cc, char_model.cc,
 * word_model.cc and sentencepiece_processor.cc. Its sums are single-precision numbers, which decide
 * between segmentations that are almost as probable as each other.
 */

/**
 * What `tokenizer_values` in seqcli/web/pieces.py gives. A symbol is never split, and has two
 * characters.
 * @typedef {object} TokenizerValues
 * @property {"unigram" | "bpe" | "char" | "word"} kind
 * @property {string[]} pieces
 * @property {number[]} scores
 * @property {string[]} symbols
 */

/** @typedef {{cut: (text: string) => string[]}} Cutter */

/** @typedef {{id: number, next: Map<string, TrieNode>}} TrieNode */

/** @typedef {{left: number, right: number, score: number, length: number}} Merge */

export const SPECIAL_PIECES = 3; // the first ones, which no text has

const UNKNOWN_PENALTY = 10;
// (Others are logarithms of probabilities, so that a symbol is always chosen.)
const SYMBOL_SCORE = 0.5;
const NO_PIECE = -1;

/**
 * What cuts text into pieces. The text has ▁ for spaces, and no lone surrogates.
 * @param {TokenizerValues} values
 * @returns {Cutter}
 */
export function makeCutter(values) {
  if (values.kind === "word") return new WordCutter();
  if (values.kind === "char") return new CharacterCutter(values);
  return values.kind === "bpe" ? new PairMerger(values) : new UnigramCutter(values);
}

/** Cuts text into words, each with the space before it. */
class WordCutter {
  /**
   * @param {string} text
   * @returns {string[]}
   */
  cut(text) {
    return text === "" ? [] : text.split(/(?=▁)/);
  }
}

/** Cuts text into characters, of which a symbol is one. */
class CharacterCutter {
  /** @param {TokenizerValues} values */
  constructor(values) {
    this.symbols = new Set(values.symbols);
  }

  /**
   * @param {string} text
   * @returns {string[]}
   */
  cut(text) {
    const points = [...text];
    const characters = [];
    for (let i = 0; i < points.length; i++) {
      const isSymbol = this.symbols.has(points[i] + points[i + 1]);
      characters.push(isSymbol ? points[i] + points[++i] : points[i]);
    }
    return characters;
  }
}

/** Cuts text into the pieces with the highest sum of scores (Viterbi). */
class UnigramCutter {
  /** @param {TokenizerValues} values */
  constructor({ pieces, scores, symbols }) {
    const isSymbol = new Set(symbols);
    this.scores = Float32Array.from(scores);
    const usual = this.scores.filter((_, id) => id >= SPECIAL_PIECES && !isSymbol.has(pieces[id]));
    const lowest = usual.reduce((a, b) => Math.min(a, b), Infinity);
    this.unknownScore = Math.fround(lowest - UNKNOWN_PENALTY);
    pieces.forEach((piece, id) => {
      if (isSymbol.has(piece)) this.scores[id] = SYMBOL_SCORE;
    });
    this.trie = makeTrie(pieces);
  }

  /**
   * @param {string} text
   * @returns {string[]}
   */
  cut(text) {
    const characters = [...text];
    const begins = this.findBegins(characters);
    const pieces = [];
    for (let end = characters.length; end > 0; end = begins[end]) {
      pieces.push(characters.slice(begins[end], end).join(""));
    }
    return pieces.reverse();
  }

  /**
   * Where the last piece of the best segmentation of the first characters begins, for each number
   * of them.
   * @param {string[]} characters
   * @returns {Int32Array}
   */
  findBegins(characters) {
    const begins = new Int32Array(characters.length + 1).fill(-1);
    const best = new Float32Array(characters.length + 1);
    /** @type {(begin: number, end: number, sum: number) => void} */
    const offer = (begin, end, sum) => {
      if (begins[end] >= 0 && !(sum > best[end])) return;
      best[end] = sum;
      begins[end] = begin;
    };
    for (let begin = 0; begin < characters.length; begin++) {
      /** @type {TrieNode | undefined} */
      let node = this.trie;
      let isKnown = false;
      for (let end = begin; end < characters.length; ) {
        node = node.next.get(characters[end++]);
        if (node === undefined) break;
        if (node.id === NO_PIECE) continue;
        offer(begin, end, Math.fround(this.scores[node.id] + best[begin]));
        isKnown ||= end === begin + 1;
      }
      if (!isKnown) offer(begin, begin + 1, Math.fround(this.unknownScore + best[begin]));
    }
    return begins;
  }
}

/**
 * The pieces by their characters. The id of a node is NO_PIECE where no piece ends.
 * @param {string[]} pieces
 * @returns {TrieNode}
 */
function makeTrie(pieces) {
  /** @type {TrieNode} */
  const root = { id: NO_PIECE, next: new Map() };
  for (let id = SPECIAL_PIECES; id < pieces.length; id++) {
    let node = root;
    for (const character of pieces[id]) {
      let next = node.next.get(character);
      if (next === undefined) {
        next = { id: NO_PIECE, next: new Map() };
        node.next.set(character, next);
      }
      node = next;
    }
    node.id = id;
  }
  return root;
}

/** Merges neighbours to pieces, that with the highest score first (byte-pair encoding). */
class PairMerger extends CharacterCutter {
  /** @param {TokenizerValues} values */
  constructor(values) {
    super(values);
    this.scores = new Map(
      values.pieces.map((piece, id) => [piece, Math.fround(values.scores[id])]),
    );
  }

  /**
   * @param {string} text
   * @returns {string[]}
   */
  cut(text) {
    const pieces = super.cut(text); // one that is merged into another becomes empty
    const before = pieces.map((_, i) => i - 1);
    const after = pieces.map((_, i) => i + 1);
    const agenda = new MergeQueue();
    /** @type {(left: number, right: number) => void} */
    const consider = (left, right) => {
      if (left >= 0 && right < pieces.length) this.consider(pieces, left, right, agenda);
    };
    pieces.forEach((_, i) => {
      consider(i - 1, i);
    });
    for (let merge = agenda.pop(); merge !== undefined; merge = agenda.pop()) {
      const { left, right } = merge;
      const isPast = pieces[left] === "" || pieces[right] === "";
      if (isPast || pieces[left].length + pieces[right].length !== merge.length) continue;
      pieces[left] += pieces[right];
      pieces[right] = "";
      after[left] = after[right];
      if (after[left] < pieces.length) before[after[left]] = left;
      consider(before[left], left);
      consider(left, after[left]);
    }
    return pieces.filter((piece) => piece !== "");
  }

  /**
   * Adds two neighbours to the agenda if they are a piece together.
   * @param {string[]} pieces
   * @param {number} left
   * @param {number} right
   * @param {MergeQueue} agenda
   */
  consider(pieces, left, right, agenda) {
    if (this.symbols.has(pieces[left]) || this.symbols.has(pieces[right])) return;
    const merged = pieces[left] + pieces[right];
    const score = this.scores.get(merged);
    if (score !== undefined) agenda.push({ left, right, score, length: merged.length });
  }
}

/** Merges, of which that with the highest score comes first, and of equal ones the leftmost: a
 * binary heap, because a long text has many. */
class MergeQueue {
  constructor() {
    /** @type {Merge[]} */
    this.heap = [];
  }

  /** @param {Merge} merge */
  push(merge) {
    const heap = this.heap;
    let place = heap.push(merge) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!comesBefore(merge, heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = merge;
  }

  /** @returns {Merge | undefined} the first one, which is taken out */
  pop() {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && comesBefore(heap[child + 1], heap[child])) child++;
      if (!comesBefore(heap[child], last)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

/**
 * @param {Merge} one
 * @param {Merge} other
 * @returns {boolean}
 */
function comesBefore(one, other) {
  return one.score > other.score || (one.score === other.score && one.left < other.left);
}
