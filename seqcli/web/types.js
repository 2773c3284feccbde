/**
 * The values that the scripts exchange, and that Python writes into a page.
 *
 * Keys of values that are also JSON of Python (`translate --format json`, an inspection) have the
 * names that they have there.
 *
 * Lengths and positions of a text count code points, as in Python, not UTF-16 units.
 */

/**
 * An item that was carried over: see `Copy` in seqcli/decoding/encoded.py.
 * @typedef {{text: string, source_piece: number, target_piece: number, source?: string}} Copy
 */

/**
 * One translation of one sentence: `Translation.to_dict` in seqcli/decoding/translation.py, and the
 * log-probabilities of the target pieces and their tokens.
 * @typedef {object} Translation
 * @property {string} source
 * @property {string} translation
 * @property {number} score
 * @property {number} log_probability
 * @property {string[]} source_pieces  with the end
 * @property {string[]} target_pieces  with the end, unless it was cut off
 * @property {ArrayLike<number>[] | null} attention  [T][S]
 * @property {"eos" | "limit" | "repetition"} stopped_by
 * @property {boolean} cut
 * @property {Copy[]} copied
 * @property {string[]} missing
 * @property {string[]} misplaced
 * @property {string[]} unknown
 * @property {string} dropped
 * @property {boolean} foreign
 * @property {number | null} confidence
 * @property {"model" | "memory"} origin
 * @property {{source: string, translation: string, similarity: number} | null} match
 * @property {number[]} [heard]
 * @property {number[]} [log_probabilities]
 * @property {number[]} [tokens]
 */

/**
 * A piece that could have been written. `without` [W] is its log-probability if a source word were
 * unknown, for each word; `log_probability` the one with all words.
 * @typedef {object} Candidate
 * @property {string} piece
 * @property {number} token
 * @property {number} probability
 * @property {number} log_probability
 * @property {number[]} without
 */

/**
 * One step of the decoder: `DecoderStep` in seqcli/decoding/decoder_steps.py. H units, S source pieces.
 * @typedef {object} DecoderStep
 * @property {string} piece
 * @property {number} token
 * @property {number} probability
 * @property {number} end  the probability of the end of the sentence
 * @property {Candidate[]} candidates  most probable first; none have `without` in a continuation
 * @property {ArrayLike<number> | null} weights  [S]
 * @property {number} heard
 * @property {Record<string, ArrayLike<number>>} state  "hidden", "cell", "context": [H]
 * @property {Record<string, ArrayLike<number>>} gates  [H] each, and "candidate"
 */

/**
 * A piece in the tree of a beam search: `Branch` in seqcli/decoding/tree.py. The branches are a
 * list; `parent` is the index of the one that it continues, -1 if it begins a hypothesis.
 * @typedef {object} Branch
 * @property {string} piece
 * @property {number} log_probability
 * @property {number | null} score
 * @property {"" | "eos" | "limit" | "repetition" | "pruned" | "unfinished"} outcome
 * @property {boolean} best
 * @property {number} parent
 */

/**
 * A word of a translation and the training pairs nearest to it: `WordReason` in
 * seqcli/decoding/why.py.
 * @typedef {object} WordReason
 * @property {string} word
 * @property {{file: string, number: number, source: string, target: string}[]} pairs
 */

/**
 * A translation and how it came about: `Inspection` in seqcli/decoding/inspection.py.
 * T steps, W source words, S source pieces with the end.
 * @typedef {object} Inspection
 * @property {{cell: string, hidden: number, attention: string}} model
 * @property {Translation} translation
 * @property {string} main_state  "cell" or "hidden"
 * @property {Record<string, ArrayLike<number>>} start  the state before the first step
 * @property {ArrayLike<number>[]} memory  [S][H], what the encoder holds of each source piece
 * @property {DecoderStep[]} steps
 * @property {DecoderStep[]} continuation  with the end ignored
 * @property {string[]} words
 * @property {number[][]} word_pieces  the source pieces of each word, as indices
 * @property {boolean[]} unknown  [W]
 * @property {ArrayLike<number>[]} influence  [T+1][W]; empty while it is measured
 * @property {Branch[]} tree
 * @property {number} given  the number of first tokens that were given, not chosen by the search
 * @property {WordReason[]} [nearest]  only where a folder with an index was inspected
 */

export {};
