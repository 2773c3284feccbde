"""Compares the translations of a page with those of `seqcli translate`, sentence by sentence.

    python benchmarks/page_parity.py MODEL PAIRS.tsv [--precision fp32 fp16 int8] [--beam 1 5]

The scripts of the page run in V8, as in the tests. For each precision and beam it prints how many
sentences have another translation than Python's at the same precision (fp16: than in fp32), and how
many of these are ties: the scores of the two differ by less than 0.001.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from seqcli.bundle import open_bundle, translating_parts
from seqcli.config import PAGE_PRECISIONS, SearchConfig
from seqcli.data.corpus import CorpusFiles
from seqcli.decoding.runtime import load_translator

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from javascript import PageTranslator

TIE = 1e-3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--precision", nargs="+", default=list(PAGE_PRECISIONS))
    parser.add_argument("--beam", nargs="+", type=int, default=[1, 5])
    parser.add_argument("--sentences", type=int, default=None)
    arguments = parser.parse_args()
    pairs = CorpusFiles((arguments.pairs,)).read()
    sources = list(dict.fromkeys(pair.source for pair in pairs))[: arguments.sentences]
    for precision in arguments.precision:
        page = PageTranslator(arguments.model, precision)
        for beam in arguments.beam:
            compare(page, arguments.model, precision, beam, sources)


def compare(
    page: PageTranslator, model: Path, precision: str, beam: int, sources: list[str]
) -> None:
    bundle = open_bundle(model, translating_parts("int8" if precision == "int8" else "fp32"))
    translator = load_translator(bundle, SearchConfig(beam=beam, exact=True))
    expected = [nbest[0] for nbest in translator.translate(sources)]
    begin, differ, ties = time.perf_counter(), 0, 0
    for source, translation in zip(sources, expected, strict=True):
        found = page.translate(source, beam)
        if found["text"] == translation.text:
            continue
        differ += 1
        parts = [each.score for each in translation.sentences or (translation,)]
        is_tie = len(parts) == len(found["scores"]) and all(
            abs(one - other) < TIE for one, other in zip(parts, found["scores"], strict=True)
        )
        ties += is_tie
        if not is_tie:
            print(f"  {source!r}: {found['text']!r}, Python {translation.text!r}", flush=True)
    seconds = (time.perf_counter() - begin) / len(sources)
    print(
        f"{precision}, beam {beam}: {differ} of {len(sources)} sentences differ, {ties} of them "
        f"ties; {1000 * seconds:.0f} ms a sentence",
        flush=True,
    )


if __name__ == "__main__":
    main()
