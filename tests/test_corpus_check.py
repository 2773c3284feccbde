"""`seqcli check`: each fault is found where it was planted, and none in a clean corpus."""

from __future__ import annotations

import io
import json
import math
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from conftest import copy_pairs, write_pairs
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from seqcli.config import CorpusConfig, ModelConfig, TrainingConfig
from seqcli.corpus_check import forecast as forecasting
from seqcli.corpus_check.check import check_corpus
from seqcli.corpus_check.chinese import SIMPLIFIED, TRADITIONAL
from seqcli.corpus_check.faults import CLEANED, KINDS
from seqcli.corpus_check.findings import top_findings
from seqcli.corpus_check.forecast import RUNS, Features, Forecast, Run, forecast, measure
from seqcli.corpus_check.items import differing_items
from seqcli.corpus_check.lengths import BINS, Distribution, count_words
from seqcli.corpus_check.model_scores import LEAST_PROBABLE, with_scores
from seqcli.corpus_check.spelling import RawTexts
from seqcli.data.cleaning import clean
from seqcli.data.pairs import Pair, make_pair
from seqcli.views.corpus_check import check_report
from seqcli.views.corpus_check_page import check_page

SAMPLE = Path(__file__).parents[1] / "sample_data"
MODEL = Path(__file__).parent / "folders" / "format-5"
# The first pairs of the sample, and its dev pairs.
CHINESE, DEV = (
    [Pair(*line.split("\t")) for line in (SAMPLE / name).read_text("utf-8").splitlines()[:1000]]
    for name in ("train.en-zh.tsv", "dev.en-zh.tsv")
)
# Both sides in Latin letters: words in small letters, and the same in capitals.
LATIN = [Pair(*line.split("\t")) for line in dict.fromkeys(copy_pairs(900))]
LETTERS = "abcdefghij"
MIXED_CHINESE = Pair("they learn the language", "他們學習語言")


def check(pairs, dev=(), test=(), **settings):
    return check_corpus(pairs, CorpusConfig(**settings), dev=dev, test=test)


def planted(pairs, faulty, step=97):
    """The pairs with faulty ones between them, and the numbers of these."""
    mixed = list(pairs)
    for i, pair in enumerate(faulty, 1):
        mixed.insert(i * step, pair)
    return mixed, [i * step + 1 for i in range(1, len(faulty) + 1)]


def numbers_of(report, kind):
    return sorted(
        each.number
        for each in report.suspicious
        if any(fault.kind == kind for fault in each.faults)
    )


def test_the_sample_has_no_warning():
    whole = SAMPLE.joinpath("train.en-zh.tsv").read_text("utf-8").splitlines()
    pairs = [make_pair(*line.split("\t")) for line in whole]
    report = check(pairs, DEV, source_language="en", target_language="zh")
    assert report.findings == report.suspicious == ()
    assert top_findings(report) == []
    assert set(report.counts.values()) == {0}
    assert (report.read, report.kept, report.rejected) == (len(pairs), len(pairs), [])
    assert report.length_units == ["words", "characters"]


FAULTY = {
    "swapped": [Pair("这是一个句子", "this is a sentence"), Pair("我们很好", "we are well")],
    "script": [Pair("это по-русски", "这是一个句子"), Pair("a sentence here", "это по-русски")],
    "copy": [Pair("the shop opens late today", "the shop opens late today")],
    "encoding": [Pair("the cafÃ© is open", "咖啡馆开门了"), Pair("good day", "你�好")],
    "placeholders": [
        Pair("you have {count} letters", "你有信"),
        Pair("you have %d letters", "你有%s封信"),
        Pair("hello ${name}", "你好 ${user}"),
    ],
    "tags": [Pair("press <b>here</b>", "按<b>这里"), Pair("a <i>new</i> day", "<b>新</b>的一天")],
    "numbers": [Pair("it costs 250 in 2019", "2018年要250"), Pair("we saw 25 of 40", "看到40个")],
    "links": [Pair("see www.example.org/a now", "看 www.example.org/b 吧")],
    "markup": [Pair("salt &amp; water", "盐和水"), Pair("one line<br>", "一行<br>")],
    "chinese": [MIXED_CHINESE],
    "lengths": [Pair("where are you", "我昨天在学校见到了一个从来没有见过的老人他说他认识我父亲")],
    "empty": [Pair("nothing here", ""), Pair("", "没有")],
    "long": [Pair("word " * 200, "词" * 150)],
    "ratio": [Pair("many words " * 30, "词")],
    "duplicate": [CHINESE[3], CHINESE[5]],
}


@pytest.mark.parametrize("kind", FAULTY)
def test_what_is_planted_is_found_in_its_lines(kind):
    pairs, places = planted(CHINESE, FAULTY[kind])
    report = check(pairs)
    assert numbers_of(report, kind) == places
    assert report.counts[kind] == len(places)
    assert {each.number for each in report.suspicious} == set(places)
    rejected = [each.number for each in report.rejected]
    assert rejected == (places if KINDS[kind].severity == "error" else [])
    assert report.kept == len(pairs) - (len(places) if kind in CLEANED else 0)


@pytest.mark.parametrize("kind", sorted(FAULTY.keys() - {"encoding"}))
def test_few_faulty_pairs_are_no_finding_and_many_are(kind):
    few = planted(CHINESE, FAULTY[kind])[0]
    assert check(few).warnings == []
    share = KINDS[kind].told_from
    count = round(1.5 * share / (1 - share) * len(CHINESE))
    many = [
        pair if kind == "duplicate" else vary(pair, i)
        for i in range(count)
        for pair in [FAULTY[kind][i % len(FAULTY[kind])]]
    ]
    report = check([*CHINESE, *many])
    (finding,) = [each for each in report.findings if each.kind == kind]
    first = len(CHINESE) + 1
    assert finding.count == count
    assert finding.numbers[0] == first and len(finding.numbers) == 5
    assert f"in {count} of {len(CHINESE) + count:,} pairs" in finding.sentence
    assert f"(pair {first:,})" in finding.sentence
    assert (finding.sentence in top_findings(report)) == (kind not in CLEANED)


def vary(pair, number):
    """A pair that is no duplicate of others, with the same faults."""
    letters = "".join(LETTERS[int(digit)] for digit in str(number))
    return Pair(*(f"{side} {letters}" if side else side for side in pair))


def test_the_pairs_that_cleaning_drops_are_those_of_training():
    faulty = [pair for kind in CLEANED for pair in FAULTY[kind]]
    pairs, _ = planted(CHINESE, faulty)
    kept, _ = clean(pairs, CorpusConfig())
    report = check(pairs)
    assert [pair for number, pair in enumerate(pairs, 1) if number not in report.dropped] == kept
    assert report.kept == len(kept)


def test_languages_of_one_script_are_told_apart_by_their_words():
    swapped = [Pair("KI MU PE RA", "ki mu pe ra"), Pair("SO TU BA DO", "so tu ba do")]
    pairs, places = planted(LATIN, swapped)
    report = check(pairs)
    assert numbers_of(report, "swapped") == places and len(report.suspicious) == 2
    assert numbers_of(check([Pair(*pair[::-1]) for pair in pairs]), "swapped") == places
    unlike = [Pair("ba do ki mu pe", "pe mu ki do"), Pair("PE MU KI DO", "BA DO KI MU PE")]
    pairs, places = planted(LATIN, unlike)
    report = check(pairs)
    assert numbers_of(report, "language") == places and report.rejected == []


def test_chinese_among_latin_letters_is_another_script():
    pairs, places = planted(
        LATIN, [Pair("这是一个句子", "BA DO KI"), Pair("ba do", "这是一个句子")]
    )
    assert numbers_of(check(pairs), "script") == places


def test_short_copies_are_no_fault():
    names = [Pair("Anna Meyer", "Anna Meyer"), Pair("OK", "OK"), Pair("1 2 3 4 5", "1 2 3 4 5")]
    assert numbers_of(check(planted(LATIN, names)[0]), "copy") == []


@pytest.mark.parametrize(
    "pair",
    [
        ("my name is dennis", "我叫dennis"),
        ("mary and i are in the same class", "Marie和我同班"),
        ("Montgomery lives in Llanfairpwll", "Montgomery住在Llanfairpwll"),
        ("i bought a new iphone charger", "我买了iphone充电器"),
    ],
)
def test_names_in_another_script_are_no_fault(pair):
    assert check([*CHINESE, Pair(*pair)]).suspicious == ()


SAME_NUMBERS = [
    ("it is 1,000.5", "es sind 1.000,5"),
    ("the 2 of them saw 15 men", "die zwei sahen 15 Männer"),
    ("at 3 p.m.", "um 15 Uhr"),
    ("at 8:30 p.m. on the 4th", "am 4. um 20.30 Uhr"),
    ("at 11:00 p.m.", "23点"),
    ("10,000 people in 3 towns", "3座城里的1万人"),
    ("on October 20th", "10月20日"),
    ("25 of 300 people", "三百人中的25个"),
    ("at 2:30", "2：30"),
    ("room 007", "Zimmer 7"),
    ("twenty men", "20 Männer"),
    ("12 and ١٢", "12 und 12"),
    ("1 000 000 people", "1.000.000 Menschen"),
]
OTHER_NUMBERS = [
    ("in 1990", "im Jahr 1991"),
    ("10 to 25", "ab 10"),
    ("300 pounds", "140 kg"),
    ("5 and 5", "5 und 6"),
    ("2013 20", "201320"),
]


@pytest.mark.parametrize("pair", SAME_NUMBERS + OTHER_NUMBERS)
def test_numbers_written_in_other_ways_are_the_same(pair):
    kinds = [fault.kind for fault in differing_items(Pair(*pair))]
    assert kinds == (["numbers"] if pair in OTHER_NUMBERS else [])


@pytest.mark.parametrize(
    "pair",
    [
        ("{n, plural, one {# file} other {# files}}", "{n, plural, other {# 个文件}}"),
        ('<a title="Home">x</a>', '<a title="首页">x</a>'),
        ("<BR/> {a} and {b}", "{b} 和 {a} <br>"),
        ("100 % of it", "100% davon"),
    ],
)
def test_items_may_be_translated_within_and_change_their_places(pair):
    assert list(differing_items(Pair(*pair))) == []


@settings(max_examples=30)
@given(st.text(), st.text())
def test_any_pair_can_be_checked(source, target):
    pairs = [make_pair(source, target), make_pair(target, source)]
    report = check(pairs, dev=pairs, test=pairs)
    assert report.read == 2
    json.dumps(report.to_dict())
    width_of(report)


def test_chinese_characters_are_of_one_script():
    assert len(SIMPLIFIED) == len(TRADITIONAL) > 300
    assert not SIMPLIFIED & TRADITIONAL
    for character in SIMPLIFIED:
        character.encode("gb2312")
        with pytest.raises(UnicodeEncodeError):
            character.encode("big5")
    for character in TRADITIONAL:
        character.encode("big5")
        with pytest.raises(UnicodeEncodeError):
            character.encode("gb2312")


def test_traditional_chinese_is_usual_where_most_is():
    traditional = [Pair(f"they learn {i}", f"他們學習{i}") for i in range(50)]
    pairs = [*traditional, Pair("we", "我们说"), *traditional[:3]]
    assert numbers_of(check(pairs), "chinese") == [51]
    japanese = [Pair(f"we go {i}", f"東京の会社へ行きます{i}") for i in range(50)]
    assert numbers_of(check([*japanese, MIXED_CHINESE]), "chinese") == []


def test_sources_in_dev_and_test_are_told():
    """Once normalized, and in lower case."""
    dev = [Pair(CHINESE[9].source.upper(), "x"), Pair("elsewhere", "y")]
    test = [Pair(CHINESE[4].source, "z"), dev[1]]
    report = check(CHINESE, dev, test)
    assert numbers_of(report, "leakage") == [5, 10]
    said = {each.kind: each.sentence for each in report.findings}
    assert said.keys() == {"leakage", "test_in_dev"}
    sentences = " / ".join(each.sentence for each in report.findings)
    assert "1 of 2 dev sentences is in the training pairs too" in sentences
    assert "1 of 2 test sentences is in the training pairs too" in sentences
    assert "1 of 2 test sentences is in dev too" in sentences
    assert [each.number for each in report.rejected] == [5, 10]
    assert [each.severity for each in report.findings] == ["error", "error", "warning"]
    many = [Pair(f"elsewhere {i}", "y") for i in range(200)]
    (finding,) = check(CHINESE, [*dev, *many]).findings
    assert finding.severity == "note"


def test_swapped_dev_sides_are_told():
    reversed_dev = [pair.reversed() for pair in DEV]
    findings = check(CHINESE, reversed_dev, DEV).findings
    assert [each.kind for each in findings] == ["dev_swapped"]
    assert [each.kind for each in check(CHINESE, DEV, reversed_dev).findings] == ["test_swapped"]


def test_other_targets_of_a_source_are_counted():
    pairs = [
        *CHINESE,
        Pair(CHINESE[0].source, "另一句"),
        Pair(CHINESE[1].source.upper(), CHINESE[1][1]),
    ]
    report = check(pairs)
    assert (report.told["different_targets"], report.told["near_duplicates"]) == (1, 1)
    assert report.suspicious == report.findings == ()
    more = [Pair(pair.source, f"另一句{i}") for i, pair in enumerate(CHINESE[:50])]
    (finding,) = check([*CHINESE, *more]).findings
    assert (finding.kind, finding.severity, finding.count) == ("different_targets", "note", 50)
    assert top_findings(check([*CHINESE, *more])) == []


def test_languages_that_were_stated_are_compared():
    reversed_pairs = [pair.reversed() for pair in CHINESE]
    report = check(reversed_pairs, source_language="en", target_language="zh-Hans")
    (finding,) = report.findings
    assert (
        "most targets are in Latin letters, not in Han or kana as --to zh-Hans" in finding.sentence
    )


@pytest.mark.parametrize(
    ("pairs", "kind"),
    [
        (CHINESE[:499], "few_pairs"),
        ([Pair(f"{i}a", f"{i}a") for i in range(600)], "identical"),
        ([Pair("?" * i, "!" * i) for i in range(1, 401)] * 2, "marks_only"),
    ],
)
def test_corpora_from_which_little_can_be_learned_are_told(pairs, kind):
    assert kind in {each.kind for each in check(pairs).findings}


def raw_check(texts, reverse=False):
    raw = RawTexts()

    def read():
        for source, target in texts:
            if source or target:  # (a reader makes empty pairs itself)
                raw(source, target)
            pair = make_pair(source, target)
            yield pair.reversed() if reverse else pair

    pairs = list(raw.watch(read(), reverse=reverse))
    return check_corpus(pairs, CorpusConfig(), raw=raw)


def test_control_characters_are_seen_before_normalization():
    texts = [*map(tuple, LATIN)]
    texts[7] = ("ba\x07 do", "BA DO PE PE KI")
    texts.insert(8, ("", ""))
    texts[20] = ("ba so", "BA SO\x9f TU TU TU")
    texts[21] = ("ba \tso", "BA\u200b SO TU TU TU")
    report = raw_check(texts)
    assert numbers_of(report, "control") == [8, 21]
    assert [each.number for each in report.rejected] == [8, 9, 21]


@pytest.mark.parametrize("reverse", [False, True])
def test_mixed_normal_forms_are_noted(reverse):
    accents = [(f"ba {letter}{i}", f"BA {i}") for i in range(30) for letter in "áéíóúà"]
    mixed = [
        (unicodedata.normalize("NFD" if i % 9 == 0 else "NFC", text), other)
        for i, (text, other) in enumerate(accents)
    ]
    mixed.insert(1, ("", ""))  # after a text in the other form
    report = raw_check([*LATIN, *mixed], reverse)
    (finding,) = [each for each in report.findings if each.kind == "normal_forms"]
    side = "targets" if reverse else "sources"
    assert finding.sentence.startswith(f"20 of 180 texts with accents or the like in the {side}")
    assert (finding.severity, report.told["not_nfc"]) == ("note", 20)
    assert not [each for each in raw_check(accents).findings if each.kind == "normal_forms"]


def test_the_most_serious_findings_come_first():
    faulty = [Pair("salt &amp; water", "盐和水"), *FAULTY["swapped"], *FAULTY["tags"]]
    many = [vary(pair, i) for i in range(60) for pair in faulty]
    report = check([*CHINESE, *many, *FAULTY["copy"] * 2], [pair.reversed() for pair in DEV])
    kinds = [each.kind for each in report.findings]
    assert kinds == ["dev_swapped", "swapped", "tags", "markup"]
    assert top_findings(report) == [each.sentence for each in report.findings[:3]]
    order = [
        min(KINDS_ORDER.index(fault.kind) for fault in each.faults) for each in report.suspicious
    ]
    assert order == sorted(order)


KINDS_ORDER = list(KINDS)


def test_pairs_that_a_model_finds_improbable_come_first():
    pairs, places = planted(CHINESE, FAULTY["tags"])
    scores = {number: -1.0 - 0.001 * (number % 100) for number in range(1, len(pairs) + 1)}
    scores[500] = -9.0
    scores[places[1]] = -8.0
    del scores[7]
    report = with_scores(check(pairs), pairs, scores)
    assert [each.number for each in report.suspicious[:2]] == [500, places[1]]
    assert report.counts["improbable"] == LEAST_PROBABLE
    assert len(report.suspicious) == LEAST_PROBABLE + 1  # one of the planted is probable
    found = [each.score for each in report.suspicious if each.score is not None]
    assert found == sorted(found) and len(found) == len(report.suspicious)
    assert [each.number for each in report.rejected] == places
    scores |= dict.fromkeys(range(100, 130), -9.0)
    assert with_scores(check(pairs), pairs, scores).counts["improbable"] == 32


def test_distributions_count_every_value():
    found = Distribution.of(np.arange(100.0))
    assert sum(found.counts) == 100 and len(found.counts) == BINS
    assert (found.median, found.largest) == (49.5, 99.0)
    assert Distribution.of(np.array([])).counts == (0,)


@pytest.mark.parametrize(
    ("text", "words"), [("a b-c d.", 3), ("他们 很好。", 5), ("", 0), ("é x", 2)]
)
def test_words_are_counted_or_characters(text, words):
    assert count_words(text) == words


# Forecasts: 6 runs of 2 corpora in which BLEU depends on the features alone.
def features(pairs, length, new_words=0.05):
    return Features(pairs, length, new_words * (1000 / pairs) ** 0.5)


def runs_of(score):
    return [
        Run(f"{name}.{pairs}", features(pairs, length), 256, 10, 1000, 60, score(pairs, length))
        for name, length in (("a", 6.0), ("b", 12.0), ("c", 9.0))
        for pairs in (1000, 3000, 10000)
    ]


def by_logarithms(pairs, length):
    return 5 * math.log(pairs) + length - 20


def test_forecasts_follow_the_measured_runs(monkeypatch):
    runs = runs_of(by_logarithms)
    assert forecasting.mean_error(runs) < 1
    monkeypatch.setattr(forecasting, "measure", lambda _: features(5000, 9.0))
    found = forecast(
        CHINESE, ModelConfig(embedding=128, hidden=256), TrainingConfig(epochs=20), runs
    )
    assert found is not None and found.bleu == pytest.approx(by_logarithms(5000, 9.0), abs=1.0)
    assert (found.embedding, found.hidden, found.why) == (128, 256, "")
    # Twice the epochs, and 5/3 of the pairs of the most similar run.
    assert found.updates == 3333 and found.minutes == pytest.approx(10 / 3)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (features(499, 9.0), "only corpora of 1,000 to 10,000 pairs"),
        (features(20001, 9.0), "only corpora of 1,000 to 10,000 pairs"),
        (features(5000, 40.0), "unlike those of the corpora"),
        (features(5000, 9.0, 0.005), "unlike those of the corpora"),
    ],
)
def test_no_score_is_forecast_beyond_what_was_measured(monkeypatch, changed, why):
    monkeypatch.setattr(forecasting, "measure", lambda _: changed)
    found = forecast(CHINESE, ModelConfig(), TrainingConfig(), runs_of(by_logarithms))
    assert found is not None and found.bleu is None and why in found.why
    assert "bleu" not in found.to_dict()


def test_no_score_is_forecast_where_forecasts_err_or_bleu_says_little(monkeypatch):
    monkeypatch.setattr(forecasting, "measure", lambda _: features(5000, 9.0))
    erratic = runs_of(lambda pairs, length: 60.0 * (pairs == 3000) * (length < 10))
    found = forecast(CHINESE, ModelConfig(), TrainingConfig(), erratic)
    assert found is not None and found.bleu is None and "err by" in found.why
    labels = [Pair(source, "是的") for source, _ in CHINESE]
    found = forecast(labels, ModelConfig(), TrainingConfig(), runs_of(by_logarithms))
    assert found is not None and found.bleu is None and "too short for BLEU" in found.why
    assert forecast([], ModelConfig(), TrainingConfig()) is None


def test_features_by_hand():
    found = measure([Pair("a b, c", "x y."), Pair("a b d", "他们 z")])
    assert found == Features(2, 3.0, round(3 / 7, 4))  # of a b , c a b d: , c d


def test_the_measured_runs_forecast_one_another():
    assert forecasting.mean_error(RUNS) < forecasting.MAX_ERROR
    assert len({run.name for run in RUNS}) == len(RUNS)


def width_of(report, width=80, expected=None):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(check_report(report, expected, 5, "line"))
    text = console.export_text()
    assert max(map(cell_len, text.splitlines())) <= width
    return text


FORECAST = Forecast(128, 256, 1234, 3.6, 21.4, 2.3)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_report_fits_the_terminal(width):
    pairs, places = planted(CHINESE, [*FAULTY["swapped"], *FAULTY["tags"] * 20, MIXED_CHINESE])
    text = width_of(check(pairs, DEV), width, FORECAST)
    words = " ".join(text.split())
    assert f"line {places[0]}: the sides are swapped" in words
    assert "21 BLEU" in words and "err by 2.3" in words and "about 4 minutes" in words
    assert "█" in text


def test_the_page_is_one_escaped_file():
    tagged = [vary(pair, i) for i in range(20) for pair in FAULTY["tags"]]
    pairs, _ = planted(CHINESE, [*tagged, *FAULTY["markup"]], step=20)
    report = check(pairs, DEV)
    assert [each.kind for each in report.findings] == ["tags"]
    text = check_page(report, FORECAST, "a <b>.tsv", "line")
    assert "press &lt;b&gt;here" in text and "<b>here" not in text and "a &lt;b&gt;.tsv" in text
    assert '<span dir="auto">盐和水</span>' in text
    assert "<svg" in text and "21 BLEU" in text
    assert "http" not in text and "<script" not in text


@pytest.fixture
def corpus(tmp_path):
    """A file of pairs, with three errors and a warning, and the numbers of their lines."""
    faulty = [*FAULTY["tags"], Pair("nothing here", ""), Pair("salt &amp; water", "盐和水")]
    pairs, places = planted(CHINESE[:600], faulty)
    return write_pairs(tmp_path / "pairs.tsv", ["\t".join(pair) for pair in pairs]), places


def test_the_command_reports_as_text(seqcli, corpus):
    path, places = corpus
    done = seqcli("check", path, "--examples", "2")
    assert "604 pairs; train keeps 603 of them, and --fix 601" in done.out
    assert "nothing to warn of" in done.out and "2 of 4 suspicious pairs" in done.out
    assert f"line {places[0]}: tags differ: <b> </b> / none" in done.out
    assert "train chooses embedding 128, hidden 256" in done.out
    assert done.err == ""


def test_the_command_reports_as_json(seqcli, corpus):
    path, places = corpus
    text = seqcli("check", "--format", "json", stdin=path.read_bytes()).out
    report = json.loads(text)
    assert text.count("\n") == 1
    assert [each["number"] for each in report["suspicious"]] == [
        *places[:2], places[3], places[2]
    ]  # fmt: skip
    assert report["counts"]["tags"] == 2 and report["counts"]["different_targets"] == 0
    assert report["pairs"] == 604 and report["kept"] == 603 and report["rejected"] == 3
    assert report["forecast"]["hidden"] == 256 and "why" in report["forecast"]
    assert sum(report["lengths"]["source"]["counts"]) == 603


@pytest.mark.parametrize("reverse", [False, True])
def test_the_clean_part_and_the_rest_are_written(seqcli, corpus, tmp_path, reverse):
    """With their columns as they were."""
    path, places = corpus
    options = ["--reverse"] if reverse else []
    done = seqcli("check", path, "--fix", "clean.tsv", "--rejected", "rest.tsv", *options)
    lines = path.read_text("utf-8").splitlines()
    rejected = [lines[place - 1] for place in places[:3]]
    assert (tmp_path / "clean.tsv").read_text("utf-8").splitlines() == [
        line for line in lines if line not in rejected
    ]
    rest = [line.split("\t") for line in (tmp_path / "rest.tsv").read_text("utf-8").splitlines()]
    assert ["\t".join(cells[:2]) for cells in rest] == rejected
    assert rest[2][2] == "empty side" and rest[0][2].startswith("tags differ: ")
    assert "wrote 601 pairs to" in done.err and "wrote 3 pairs with reasons to" in done.err


def test_the_command_compares_with_dev_and_test(seqcli, corpus, tmp_path):
    path, _ = corpus
    held_out = write_pairs(tmp_path / "dev.tsv", ["\t".join(pair) for pair in CHINESE[:5]])
    for option in ("--dev", "--test"):
        done = seqcli("check", path, option, held_out)
        assert f"5 of 5 {option[2:]} sentences are in the training pairs too" in done.out


def test_a_model_shows_wrong_alignment(seqcli, tmp_path):
    lines = [f"{word}\t{word.upper()}" for word in dict.fromkeys(s for s, _ in LATIN[:60])]
    lines[30] = f"{lines[30].split(chr(9))[0]}\tTU TU SO"
    path = write_pairs(tmp_path / "pairs.tsv", lines)
    shutil.copytree(MODEL, tmp_path / "model")
    out = seqcli("check", path, "-m", "model", "--format", "json", "--html", "page.html").out
    report = json.loads(out)
    first = report["suspicious"][0]
    assert first["number"] == 31 and first["per_piece"] < -1
    assert report["counts"]["improbable"] == LEAST_PROBABLE
    assert "log-probability" in (tmp_path / "page.html").read_text("utf-8")


def test_what_cannot_be_is_told_in_one_line(seqcli, corpus, tmp_path):
    path, _ = corpus
    (tmp_path / "empty.tsv").write_text("")
    shutil.copytree(MODEL, tmp_path / "model")
    for arguments, message in (
        (["empty.tsv"], "no pairs"),
        ([path, "--fix", path], "is one of the files to check"),
        ([path, "--fix", "x.tsv", "--rejected", "x.tsv"], "name the same file"),
        ([path, "--fix", "-"], "standard output has the report"),
        ([path, "--html", "none/page.html"], "cannot be written"),
        ([path, "-m", "model", "--reverse"], "was trained without --reverse"),
        ([path, "-m", "nowhere"], "nowhere"),
        (["-", "--dev", "-"], "standard input"),
    ):
        done = seqcli("check", *arguments, code=2)
        assert message in done.err and done.err.count("\n") == 1
        assert done.out == ""
    assert not (tmp_path / "x.tsv").exists()
