/**
 * Translators from the data of a page: see seqcli/web/folder_values.py, which writes it. Its
 * counterparts are `load_translator` in seqcli/decoding/runtime.py and `make_processor` in
 * seqcli/decoding/text_processor.py.
 */

import { SearchModel } from "../model/search_model.js";
import { SYMBOLS } from "../text/carryover.js";
import { makeReader } from "../text/heard_words.js";
import { Tokenizer } from "../text/tokenizer.js";
import { loadText } from "../text/unicode.js";
import { OutputVocabulary } from "../text/vocabulary.js";
import { WordList } from "../text/word_list.js";
import { otherWords, WordReader } from "../text/word_vectors.js";
import { TranslationMemory } from "./remembering.js";
import { TextProcessor } from "./text_processor.js";
import { Translator } from "./translator.js";

/**
 * What a page knows of a model folder. `words` is the file of the words of its sources,
 * `punctuation` their punctuation marks; `wordVectors` is null if the model reads none;
 * `corrections` are those of seqcli/web/remembered.py.
 * @typedef {object} FolderValues
 * @property {import("../model/search_model.js").ModelValues} model
 * @property {import("../text/sentencepiece.js").TokenizerValues} tokenizer
 * @property {string} words
 * @property {string} punctuation
 * @property {string} locale
 * @property {boolean} carriesOver
 * @property {boolean} carriesNumbers
 * @property {boolean} simultaneous
 * @property {number} maxLengthRatio
 * @property {number} maxSourcePieces
 * @property {import("./confidence.js").ConfidenceValues | null} confidence
 * @property {import("../text/word_vectors.js").WordVectorValues | null} wordVectors
 * @property {[string, string][]} corrections
 * @property {import("../types.js").Inspection["model"]} info
 */

/**
 * The translator of a folder. Throws an Error, with a sentence for people, if the data is damaged.
 * @param {FolderValues} values
 * @param {import("../text/unicode.js").TextTables} tables
 * @param {Uint8Array<ArrayBuffer>} weights
 * @returns {Translator}
 */
export function makeTranslator(values, tables, weights) {
  loadText(tables);
  return new Translator({
    model: new SearchModel(values.model, weights),
    processor: makeProcessor(values),
    maxLengthRatio: values.maxLengthRatio,
    confidence: values.confidence,
    memory: new TranslationMemory(values.corrections, values.locale),
    info: values.info,
  });
}

/**
 * The text processor of a folder; the tables must be loaded.
 * @param {FolderValues} values
 * @returns {TextProcessor}
 */
function makeProcessor(values) {
  const { locale, wordVectors } = values;
  const tokenizer = new Tokenizer(values.tokenizer);
  const writable = new Set(values.model.outputPieces);
  const symbols = [...SYMBOLS].filter(
    (symbol) => tokenizer.has(symbol) && writable.has(tokenizer.idOf(symbol)),
  );
  const reader = makeReader(
    {
      punctuation: values.punctuation,
      words: WordList.fromText(values.words, locale),
      symbols: values.carriesOver ? symbols.join("") : "",
      numbers: values.carriesNumbers,
      isReadable: (character) => tokenizer.has(character),
      lexicon: new Map(Object.entries(wordVectors?.lexicon ?? {})),
      otherWords: wordVectors ? otherWords(wordVectors) : new Set(),
    },
    values.simultaneous,
  );
  return new TextProcessor({
    tokenizer,
    outputVocabulary: new OutputVocabulary(values.model.outputPieces),
    reader,
    maxSourcePieces: values.maxSourcePieces,
    wordReader: wordVectors ? new WordReader(wordVectors, tokenizer.size, locale) : null,
  });
}
