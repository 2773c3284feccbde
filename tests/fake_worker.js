/**
 * A worker for the tests of a page. It writes each word backwards. Words with "zz" are unknown, ";"
 * is not read, and a sentence with "low" has a low confidence; "wait" takes its time, "late" too and
 * answers in any case; the alternatives of "slow" take theirs; "fail" fails, "burst" is cut off at
 * its limit, and of an "endless" line a rest is not read.
 */

function translated(source, rank) {
  const text = source.trim().replace(/\p{L}+/gu, (word) => [...word].reverse().join(""));
  return {
    source,
    translation: text + (rank ? ` v${rank + 1}` : ""),
    score: -0.5 - rank / 8,
    log_probability: -3,
    source_pieces: ["a", "</s>"],
    target_pieces: ["b", "</s>"],
    attention: null,
    stopped_by: source.includes("burst") ? "limit" : "eos",
    cut: false,
    copied: source.includes("Bob") ? [{ text: "Bob", source_piece: 0, target_piece: 0 }] : [],
    missing: [],
    misplaced: [],
    unknown: source.match(/\p{L}*zz[^\s,.;]*/gu) ?? [],
    dropped: source.includes(";") ? ";" : "",
    foreign: false,
    confidence: source.includes("low") ? 0.25 : 0.93,
    tokens: [rank, 1],
  };
}
function inspected(sentence, prefix, beam) {
  const pieces = sentence.trim().split(" ");
  const units = [0.5, -0.25, 1];
  const names = [...prefix.map((token) => (token === 7 ? "OTHER" : "GIVEN")), `beam${beam}`];
  const step = (piece, i) => ({
    piece,
    token: prefix[i] ?? 5,
    probability: 0.75,
    end: 0.1,
    heard: pieces.length + 1,
    candidates: [
      {
        piece,
        token: prefix[i] ?? 5,
        probability: 0.75,
        log_probability: -0.28,
        without: pieces.map(() => -1),
      },
      {
        piece: "OTHER",
        token: 7,
        probability: 0.25,
        log_probability: -1.38,
        without: pieces.map(() => -1),
      },
    ],
    weights: [...pieces, ""].map(() => 1 / (pieces.length + 1)),
    state: { hidden: units, cell: units, context: units },
    gates: { input: units, forget: units, output: units, candidate: units },
  });
  const translation = translated(sentence, 0);
  translation.translation = names.join(" ");
  translation.source_pieces = [...pieces, "</s>"];
  translation.target_pieces = names;
  translation.attention = names.map(() => [...pieces, ""].map(() => 1 / (pieces.length + 1)));
  return {
    model: { cell: "lstm", hidden: 3, attention: "additive" },
    translation,
    main_state: "cell",
    start: { hidden: units, cell: units },
    memory: [...pieces, ""].map(() => units),
    steps: names.map(step),
    continuation: [],
    words: pieces,
    word_pieces: pieces.map((_, i) => [i]),
    unknown: pieces.map(() => false),
    influence: ["", ...names].map(() => pieces.map(() => 0.5)),
    given: prefix.length,
    tree: [
      {
        piece: names[0],
        log_probability: -0.28,
        score: -0.28,
        outcome: "eos",
        best: true,
        parent: -1,
      },
    ],
  };
}
let newest = 0;
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
async function translate({ id, text, beam }) {
  newest = id;
  const lines = text.split("\n");
  let start = 0;
  const tell = (message) =>
    postMessage({
      type: "partial",
      id,
      lines: null,
      parts: [],
      ends: [],
      growing: null,
      ...message,
    });
  tell({ lines: lines.length });
  for (const [line, content] of lines.entries()) {
    const sources = content.match(/[^.]+\.?\s*/g) ?? [content];
    const parts = [];
    for (const [index, source] of sources.entries()) {
      for (let folder = 0; folder < count; folder++) {
        const place = { folder, line, index, start, source, before: index ? " " : "" };
        if (source.includes("wait")) {
          tell({ growing: { ...place, text: "tiaw" } });
          await pause(600);
          if (newest !== id) return;
        }
        if (source.includes("late")) await pause(300);
        if (source.includes("fail")) {
          postMessage({ type: "error", id, message: "this is a <b>test</b>" });
          return;
        }
        const known = alternatives.get(source + beam);
        const nbest = known ?? [translated(source, 0)];
        const unknownAt = [...source.matchAll(/\p{L}*zz[^\s,.;]*/gu)].map((match) => [
          match.index,
          match.index + match[0].length,
        ]);
        parts.push({ ...place, unknownAt, nbest });
      }
      start += source.length;
      if (parts.length >= 50) {
        tell({ parts: parts.splice(0) });
        await pause(0);
        if (newest !== id) return;
      }
    }
    start += 1;
    const ends = Array.from({ length: count }, (_, folder) => ({
      folder,
      line,
      count: sources.length,
      before: sources.map((_, i) => (i ? " " : "")),
      cut: content.includes("endless"),
    }));
    tell({ parts, ends });
  }
  postMessage({ type: "translation", id });
}
let count = 0;
const alternatives = new Map();
self.onmessage = ({ data }) => {
  if (data.type === "load") {
    count = data.folders.length;
    if (data.tables.damaged) postMessage({ type: "error", id: data.id, message: "no weights" });
    else setTimeout(() => postMessage({ type: "ready", id: data.id }), data.tables.delay ?? 0);
  } else if (data.type === "translate") translate(data);
  else if (data.type === "alternatives") {
    const { id, source, beam } = data;
    const nbest = Array.from({ length: beam }, (_, rank) => translated(source, rank));
    alternatives.set(source + beam, nbest);
    const delay = source.includes("slow") ? 300 : 0;
    setTimeout(() => postMessage({ type: "alternatives", id, nbest }), delay);
  } else {
    const { id, sentence, prefix, beam } = data;
    postMessage({ type: "inspection", id, inspection: inspected(sentence, prefix, beam) });
  }
};
