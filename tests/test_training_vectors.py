"""Trainings with word vectors: what they learn, what the folder keeps, what is refused."""

import json
import random
import re
import shutil
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from conftest import SMALL, CommandLineHere, copy_pairs, edit_manifest, replace_part, write_pairs
from javascript import PageTranslator
from safetensors.numpy import load, save
from test_page import check_all

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.corpus import CorpusFiles
from seqcli.data.source_ids import split_ids
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.folder import STATE, VECTORS, WEIGHTS
from seqcli.settings import Settings
from seqcli.storage.generation import stored_file
from seqcli.training.base.request import BaseRequest
from seqcli.training.checkpoint import Checkpoint
from seqcli.training.events import Prepared
from seqcli.training.prepare import TrainRequest, prepare_data
from seqcli.training.train import train
from seqcli.vectors.files import write_vectors
from seqcli.vectors.selection import normalized

# Words of four classes. Pairs name the class of each word, and show half of the words.
CLASSES = ("ALPHA", "BETA", "GAMMA", "DELTA")
WORDS = {
    a + b + c: CLASSES[(ord(a) + ord(b) + ord(c)) % 4]
    for a in "bdgklmnprst"
    for b in "aeiou"
    for c in "bdgklmnprst"
}
SIZE = 8


def class_vector(name, draw):
    """A vector that tells the class of a word."""
    vector = 0.2 * draw.normal(size=SIZE)
    vector[CLASSES.index(name)] += 1
    return vector


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A folder with pairs, dev pairs, and vectors of all words; and the words of no pair."""
    folder = tmp_path_factory.mktemp("classes")
    draw, words = random.Random(1), sorted(WORDS)
    draw.shuffle(words)
    shown, unseen = words[:60], words[60:120]

    def lines(count, words):
        chosen = [draw.choices(words, k=draw.randint(2, 4)) for _ in range(count)]
        return [f"{' '.join(s)}\t{' '.join(WORDS[w] for w in s)}" for s in chosen]

    write_pairs(folder / "train.tsv", lines(900, shown))
    write_pairs(folder / "dev.tsv", lines(40, shown))
    write_pairs(folder / "unseen.tsv", lines(100, unseen))
    numbers = np.random.default_rng(2)
    rows = np.array([class_vector(WORDS[word], numbers) for word in words])
    with (folder / "vectors.txt").open("w") as file:
        write_vectors(file, words, rows)
    labels = np.random.default_rng(3).normal(size=(4, SIZE))
    with (folder / "labels.txt").open("w") as file:
        write_vectors(file, [name.lower() for name in CLASSES], labels)
    return folder, unseen


def request(corpus, folder, **changes):
    files = {side: CorpusFiles(pairs=(corpus / f"{side}.tsv",)) for side in ("train", "dev")}
    vectors = {name: changes.pop(name) for name in FILES if name in changes}
    resume = changes.pop("resume", False)
    overwrite = changes.pop("overwrite", False)
    settings = changes if resume else SMALL | {"updates": 4, "evaluations": 1} | changes
    return TrainRequest(
        folder, files["train"], files["dev"], overrides=settings, resume=resume,
        overwrite=overwrite, threads=1, confidence=False, **vectors,
    )  # fmt: skip


FILES = ("source_vectors", "target_vectors")


def run(*arguments, stop=lambda: False, **changes):
    return list(train(request(*arguments, **changes), stop))


def vectors_of(folder):
    vectors = open_bundle(folder).vectors
    assert vectors is not None
    return vectors


def notes(events):
    (prepared,) = (event for event in events if isinstance(event, Prepared))
    return "\n".join(prepared.notes)


def accuracy(folder, corpus):
    """The share of right labels of words that no pair has, after one that pairs have."""
    translator = load_translator(open_bundle(folder))
    pairs = [line.split("\t") for line in (corpus / "unseen.tsv").read_text().splitlines()]
    known = (corpus / "train.tsv").read_text().split()[0]
    found = translator.translate([f"{known} {source}" for source, _ in pairs])
    right = total = 0
    for (_, target), translations in zip(pairs, found, strict=True):
        labels = f"{WORDS[known]} {target}".split()
        total += len(labels)
        right += sum(map(str.__eq__, labels, translations[0].text.split()))
    return right / total


def test_words_that_no_pair_has_are_understood_by_their_vectors(tmp_path, corpus):
    """Where pieces are words, an unseen word is read by its vector alone."""
    folder, unseen = corpus
    settings = {"updates": 150, "pieces": "word", "embedding": SIZE}
    events = run(folder, tmp_path / "with", source_vectors=folder / "vectors.txt", **settings)
    assert "60 words of the sources have vectors of 8 numbers" in notes(events)
    assert "embedding table of the source is not shared" in notes(events)
    vectors = vectors_of(tmp_path / "with")
    assert vectors.seen == 60
    assert set(vectors.words[60:]) >= set(unseen)
    run(folder, tmp_path / "without", **settings)
    assert accuracy(tmp_path / "with", folder) > 0.75
    assert accuracy(tmp_path / "without", folder) < 0.5
    translator = load_translator(open_bundle(tmp_path / "with"))
    (found,) = translator.translate(" ".join(unseen[:3]).upper())[0]
    assert found.unknown == tuple(word.upper() for word in unseen[:3])
    assert not found.is_foreign
    assert translator.translate("xxx yyy")[0][0].is_foreign
    (mixed,) = translator.translate(f"xxx {unseen[0]}")[0]
    assert mixed.unknown == ("xxx", unseen[0])
    assert mixed.source_pieces == ("▁xxx", f"▁{unseen[0]}", "</s>")
    lines = [f"xxx {unseen[0]}, {unseen[1]}", "xxx yyy", " ".join(unseen[:3]).upper()]
    check_all(PageTranslator(tmp_path / "with", "fp32"), translator, 5, lines)


def test_vectors_in_the_folder_are_those_of_the_file(tmp_path, corpus):
    folder, _ = corpus
    vectors = folder / "vectors.txt"
    run(folder, tmp_path / "m", source_vectors=vectors, keep_vectors=7)
    kept = vectors_of(tmp_path / "m")
    assert (kept.seen, len(kept.words)) == (60, 67)
    assert kept.vectors.dtype == np.float16
    rows = dict(line.split(" ", 1) for line in vectors.read_text().splitlines()[1:])
    order = [word for word in rows if word in set(kept.words)]
    assert [word for word in order if word in kept.words[:60]] == list(kept.words[:60])
    others = [word for word in rows if word not in kept.words[:60]][:7]
    assert list(kept.words[60:]) == others  # the first of the file
    given = np.array([rows[word].split() for word in kept.words], dtype=np.float32)
    np.testing.assert_allclose(kept.vectors[1:], normalized(given), atol=1e-3)


@pytest.mark.parametrize("pieces", ["word", "unigram"])
def test_learned_vectors_move_and_others_stay(tmp_path, corpus, pieces):
    folder, _ = corpus
    files = {"source_vectors": folder / "vectors.txt"}
    settings = {"pieces": pieces} | ({"embedding": SIZE} if pieces == "word" else {})
    found = {}
    for learned in (False, True):
        run(folder, tmp_path / f"{learned}", **files, **settings, learn_vectors=learned)
        found[learned] = vectors_of(tmp_path / f"{learned}")
    moved = np.abs(found[True].vectors - found[False].vectors.astype(np.float32)).max(axis=1)
    assert found[True].vectors.dtype == np.float32
    assert (moved[1:61] > 1e-3).all()
    assert not moved[0] and not moved[61:].any()


@pytest.mark.parametrize(
    "settings",
    [{}, {"learn_vectors": True}, {"pieces": "word", "embedding": SIZE}],
    ids=["beside", "learned", "words"],
)
def test_a_resumed_run_with_vectors_is_the_uninterrupted_run(tmp_path, corpus, settings):
    folder, _ = corpus
    files = {"source_vectors": folder / "vectors.txt"}
    if "pieces" in settings:
        files["target_vectors"] = folder / "labels.txt"
    run(folder, tmp_path / "whole", **files, **settings, updates=6)
    run(
        folder,
        tmp_path / "parts",
        **files,
        **settings,
        updates=6,
        stop=iter([False, True]).__next__,
    )
    run(folder, tmp_path / "parts", resume=True)
    whole, parts = (open_bundle(tmp_path / name, [WEIGHTS]) for name in ("whole", "parts"))
    assert whole.weights().keys() == parts.weights().keys()
    for name, weight in whole.weights().items():
        np.testing.assert_array_equal(weight, parts.weights()[name])
    one, other = vectors_of(tmp_path / "whole"), vectors_of(tmp_path / "parts")
    np.testing.assert_array_equal(one.vectors, other.vectors)
    assert one.words == other.words


@pytest.mark.parametrize(
    "settings", [{"learn_vectors": True}, {"pieces": "word", "embedding": SIZE}]
)
def test_a_run_that_begins_with_a_folder_has_its_vectors(tmp_path, corpus, settings):
    """Also those that were learned."""
    folder, _ = corpus
    base, child = tmp_path / "base", tmp_path / "child"
    run(folder, base, source_vectors=folder / "vectors.txt", **settings)
    pairs = CorpusFiles(pairs=(folder / "dev.tsv",))
    settings = {"updates": 1, "learning_rate": 0.0}
    request = BaseRequest(
        child, base, pairs, pairs, overrides=settings, threads=1, confidence=False
    )
    list(train(request))
    before, after = vectors_of(base), vectors_of(child)
    assert after.words == before.words
    assert (after.vectors == before.vectors).all()


@pytest.mark.parametrize("learned", [False, True])
def test_the_embeddings_of_target_words_are_given(tmp_path, corpus, learned):
    folder, _ = corpus
    settings = {"pieces": "word", "embedding": SIZE, "learn_vectors": learned}
    events = run(folder, tmp_path / "m", target_vectors=folder / "labels.txt", **settings)
    assert "4 of 64 pieces have vectors of 8 numbers" in notes(events)
    bundle = open_bundle(tmp_path / "m", [WEIGHTS])
    table = bundle.weights()["source_table"]  # shared by all
    given = [line.split() for line in (folder / "labels.txt").read_text().splitlines()[1:]]
    vectors = normalized(np.array([row[1:] for row in given], dtype=np.float32))
    rows = [bundle.tokenizer.encode(name)[-1] for name in CLASSES]
    moved = np.abs(table[rows] - vectors).max(axis=1)
    assert (moved > 1e-3).all() if learned else (moved < 1e-6).all()


def test_a_folder_loses_the_vectors_of_the_model_that_it_had(tmp_path, corpus):
    folder, _ = corpus
    run(folder, tmp_path / "m", source_vectors=folder / "vectors.txt")
    assert list((tmp_path / "m").glob("vectors-*"))
    run(folder, tmp_path / "m", overwrite=True)
    assert not list((tmp_path / "m").glob("vectors-*"))
    assert open_bundle(tmp_path / "m").vectors is None


def test_models_with_vectors_of_other_words_do_not_translate_together(tmp_path, corpus):
    folder, _ = corpus
    vectors, tokenizer = folder / "vectors.txt", tmp_path / "a"
    run(folder, tmp_path / "a", source_vectors=vectors)
    bundles = [open_bundle(tmp_path / "a")]
    for name, files in (("b", {"source_vectors": vectors}), ("c", {})):
        other = request(folder, tmp_path / name, **files, seed=2)
        list(train(replace(other, tokenizer=tokenizer)))
        bundles.append(open_bundle(tmp_path / name))
    assert load_translator(bundles[:2]).translate("bab")[0][0].source == "bab"
    with pytest.raises(UserError, match=r"know word vectors of other words.*--source-vectors"):
        load_translator([bundles[0], bundles[2]])


@pytest.mark.parametrize(
    ("files", "settings", "message"),
    [
        ({"target_vectors": "vectors.txt"}, {}, "name this file too, or use --pieces word"),
        ({"source_vectors": "labels.txt"}, {}, "none of its 4 words is in the sources"),
        ({"target_vectors": "vectors.txt"}, {"pieces": "word", "embedding": 9}, "not 8 and 9"),
        (
            {"source_vectors": "vectors.txt", "target_vectors": "short.txt"},
            {"pieces": "word"},
            "not 3 and 8: leave out --embedding, or name files of one size",
        ),
        ({"source_vectors": "absent.txt"}, {}, "absent.txt: cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, corpus, files, settings, message):
    folder, _ = corpus
    (folder / "short.txt").write_text("alpha 1 2 3\nbeta 4 5 6\n")
    paths = {name: folder / file for name, file in files.items()}
    overrides = {**SMALL, "updates": 2} | settings
    if "embedding" not in settings:
        del overrides["embedding"]
    with pytest.raises(UserError, match=message):
        list(train(TrainRequest(
            tmp_path / "m", CorpusFiles(pairs=(folder / "train.tsv",)), overrides=overrides, **paths
        )))  # fmt: skip
    assert not (tmp_path / "m" / "config.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--keep-vectors", 5], "--keep-vectors is for word vectors: name a file"),
        (
            ["--keep-vectors", 5, "--target-vectors", "v"],
            "--keep-vectors is for word vectors: name a file (--source-vectors)",
        ),
        (["--learn-vectors"], "--learn-vectors is for word vectors: name a file"),
        (["--resume", "--source-vectors", "v"], "continues with the vectors of the folder"),
    ],
)
def test_options_that_exclude_each_other(seqcli, options, message):
    assert message in seqcli("train", *options, code=2).err


def test_the_embeddings_follow_the_file(tmp_path, corpus):
    folder, _ = corpus
    overrides = {"pieces": "word", "updates": 2, "hidden": 8, "evaluations": 1}
    list(train(TrainRequest(
        tmp_path / "m", CorpusFiles(pairs=(folder / "train.tsv",)), overrides=overrides,
        source_vectors=folder / "vectors.txt", confidence=False, threads=1,
    )))  # fmt: skip
    settings: Settings = open_bundle(tmp_path / "m").settings
    assert settings.model.embedding == SIZE


def test_damaged_vectors_of_a_checkpoint_are_named(tmp_path, corpus):
    folder, _ = corpus
    run(folder, tmp_path / "m", source_vectors=folder / "vectors.txt")
    checkpoint = Checkpoint(tmp_path / "m")
    (path,) = (tmp_path / "m" / "checkpoint").glob("state-*")
    tensors = load(path.read_bytes())
    assert checkpoint.source_vectors is not None
    for content in (b"x", tensors["source_vectors"].tobytes()[:-1]):
        changed = tensors | {"source_vectors": np.frombuffer(content, dtype=np.uint8)}
        replace_checkpoint(tmp_path / "m", save(changed))
        with pytest.raises(UserError, match="is damaged"):
            Checkpoint(tmp_path / "m")
    replace_part(tmp_path / "m", VECTORS, b"no vectors")
    with pytest.raises(UserError, match=r"vectors-.*is damaged"):
        open_bundle(tmp_path / "m")


def test_damaged_embeddings_of_a_checkpoint_are_named(tmp_path, corpus):
    folder, _ = corpus
    words = {"pieces": "word", "embedding": SIZE}
    run(folder, tmp_path / "m", target_vectors=folder / "labels.txt", **words)
    (path,) = (tmp_path / "m" / "checkpoint").glob("state-*")
    tensors = load(path.read_bytes())
    assert Checkpoint(tmp_path / "m").target_vectors is not None
    pieces, vectors = tensors["target.pieces"], tensors["target.vectors"]
    for change in (
        {"target.pieces": pieces + 10**6},
        {"target.pieces": pieces - 10**6},
        {"target.pieces": pieces.astype(np.float32)},
        {"target.pieces": pieces[:2]},
        {"target.vectors": vectors[:, :5]},
        {"target.vectors": vectors * np.float32(np.nan)},
        {"target.more": pieces},
    ):
        replace_checkpoint(tmp_path / "m", save({**tensors, **change}))
        with pytest.raises(UserError, match="is damaged"):
            Checkpoint(tmp_path / "m")


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop("source_table"),
        lambda tensors: tensors.update(source_table=tensors["source_table"][:5]),
        lambda tensors: tensors.update(source_table=tensors["source_table"][0]),
        lambda tensors: tensors["source_table"].fill(np.inf),
    ],
)
def test_damaged_embeddings_of_a_model_are_not_shown(copy_model, tmp_path, seqcli, change):
    model = tmp_path / "m"
    shutil.copytree(copy_model, model)
    tensors = open_bundle(model, [WEIGHTS]).weights()
    change(tensors)
    replace_part(model, WEIGHTS, save(tensors))
    done = seqcli("vectors", "near", "ba", "-m", model, code=2)
    assert re.fullmatch(r"seqcli: .*model-.*is damaged \(.*embedding.*\): .*\n", done.err)


def test_a_file_of_too_many_vectors_is_refused_before_the_training(tmp_path, corpus, monkeypatch):
    folder, _ = corpus
    monkeypatch.setattr("seqcli.training.vectors.MAX_BYTES", 12_000)
    with pytest.raises(UserError, match=r"ask for --keep-vectors 43 or fewer"):
        run(folder, tmp_path / "m", source_vectors=folder / "vectors.txt")
    run(folder, tmp_path / "m", source_vectors=folder / "vectors.txt", keep_vectors=43)


def test_an_ensemble_keeps_the_translations_that_all_have(lexicon_model):
    folder, _ = lexicon_model
    bundle = open_bundle(folder / "seqcli-model")
    assert bundle.vectors is not None
    word, other = list(bundle.vectors.lexicon)[:2]
    changed = {**bundle.vectors.lexicon, word: "X"}
    del changed[other]
    others = replace(bundle, vectors=replace(bundle.vectors, lexicon=changed))
    lexicons = [
        load_translator(order).processor.reader.lexicon  # type: ignore[attr-defined]
        for order in ([bundle, others], [others, bundle])
    ]
    assert lexicons[0] == lexicons[1]
    assert lexicons[0].keys() == bundle.vectors.lexicon.keys() - {word, other}


def replace_checkpoint(folder, content):
    file = stored_file(STATE, content)
    (folder / "checkpoint" / file.name).write_bytes(content)
    edit_manifest(
        folder / "checkpoint", lambda values: values["files"].update({STATE: asdict(file)}),
        "checkpoint.json",
    )  # fmt: skip


# A language of which the pairs show two thirds of the words; the others are translated by vectors.
SYLLABLES = [a + b for a in "bdgklmnprst" for b in "aeiou"]
MANY = {f"{a}{b}": f"{b}{a}".upper() for a in SYLLABLES[:12] for b in SYLLABLES[12:24]}


@pytest.fixture(scope="module")
def lexicon_model(tmp_path_factory):
    """A model, and words of no pair with their translations."""
    folder = tmp_path_factory.mktemp("lexicon")
    draw, words = random.Random(1), sorted(MANY)
    draw.shuffle(words)
    shown, unseen = words[:110], words[110:]
    # Names, which are carried over, and have vectors of other words.
    names = [f"X{word}" for word in words[:60]]

    def line():
        chosen = draw.choices(shown, k=draw.randint(1, 4))
        source, target = list(chosen), [MANY[word] for word in chosen]
        if draw.random() < 0.15:
            place, name = draw.randrange(len(source) + 1), draw.choice(names)
            source.insert(place, name)
            target.insert(place, name)
        return f"{' '.join(source)}\t{' '.join(target)}"

    write_pairs(folder / "train.tsv", [line() for _ in range(2500)])
    numbers = np.random.default_rng(2)
    x = numbers.normal(size=(len(words), 16))
    rotation, _ = np.linalg.qr(numbers.normal(size=(16, 16)))
    others = numbers.normal(size=(len(names), 16))
    for name, spelled, rows in (
        ("source.txt", [*words, *names], np.concatenate([x, others])),
        ("target.txt", [MANY[word] for word in words], x @ rotation),
    ):  # fmt: skip
        with (folder / name).open("w") as file:
            write_vectors(file, spelled, rows)
    CommandLineHere(folder)(
        "train", "train.tsv", "--source-vectors", "source.txt", "--target-vectors", "target.txt",
        "--updates", 260, "--embedding", 32, "--hidden", 64, "--threads", 1, "--evaluations", 2,
        "--learning-rate", 0.01, "--dropout", 0, "--batch-tokens", 500,
    )  # fmt: skip
    return folder, unseen


def test_words_of_no_pair_are_translated_by_the_vectors_of_both_languages(lexicon_model):
    folder, unseen = lexicon_model
    vectors = vectors_of(folder / "seqcli-model")
    assert sum(vectors.lexicon.get(word) == MANY[word] for word in unseen) > 0.8 * len(unseen)
    seqcli = CommandLineHere(folder)
    word = next(word for word in unseen if word in vectors.lexicon)
    shown = [word for word in MANY if word not in unseen][:2]
    done = seqcli("translate", shown[0], word, shown[1])
    assert MANY[word] in done.out.split()
    assert f"1 word was translated by word vectors, as a guess: {word} ({MANY[word]})" in done.err
    assert f"1 word was not in the training pairs: {word}" in done.err
    line = json.loads(seqcli("translate", "--format", "json", shown[0], word).out)
    (copy,) = line["copied"]
    assert (copy["text"], copy["source"]) == (MANY[word], word)
    assert line["unknown"] == [word]
    names = {line.split("\t")[0] for line in (folder / "train.tsv").read_text().splitlines()}
    name = next(word for words in sorted(names) for word in words.split() if word[0] == "X")
    line = json.loads(seqcli("translate", "--format", "json", shown[0], name, shown[1]).out)
    assert [(copy["text"], copy.get("source")) for copy in line["copied"]] == [(name, None)]
    first = seqcli("translate", f"iPhone {shown[0]}").out
    assert "IPhone" not in first
    shown_in = seqcli("inspect", shown[0], word, "--show", "attention").out
    assert f"translated by word vectors, ⟨…⟩ below: {MANY[word]} ({word})" in shown_in
    assert "carried over" not in shown_in
    (piece,) = open_bundle(folder / "seqcli-model").tokenizer.pieces([20])
    out = seqcli("vectors", "near", piece.removeprefix("▁"), "--count", 3).out
    assert len(out.splitlines()) == 4
    assert len(seqcli("vectors", "near", f"{unseen[0]}{unseen[1]}").out.splitlines()) == 11
    message = seqcli("vectors", "near", "猫", code=2).err
    assert "there is no vector of '猫' in the pieces that seqcli-model reads" in message


def test_a_page_translates_by_the_vectors_too(lexicon_model):
    folder, unseen = lexicon_model
    lexicon = vectors_of(folder / "seqcli-model").lexicon
    shown = [word for word in MANY if word not in unseen][:3]
    words = [word for word in unseen if word in lexicon][:3]
    lines = [f"{words[0]} {shown[0]}", f"{shown[1]} {words[1]}, {shown[2]} blorp", words[2]]
    translator = load_translator(open_bundle(folder / "seqcli-model"), SearchConfig(beam=3))
    in_page = PageTranslator(folder / "seqcli-model", "fp32")
    check_all(in_page, translator, 3, lines)
    (copy,) = in_page.translate(lines[0], 3)["translations"][0]["copied"]
    assert copy["source"] == words[0]


def test_symbols_of_training_pairs_have_the_vectors_of_their_words(lexicon_model):
    folder, _ = lexicon_model
    data = prepare_data(
        TrainRequest(
            folder / "other", CorpusFiles(pairs=(folder / "train.tsv",)),
            source_vectors=folder / "source.txt",
        )
    )  # fmt: skip
    # (Those of pairs joined to one are not found, and follow the others.)
    own = data.examples.sources[: data.examples.source_ends[len(data.split.train)]]
    pieces, words = split_ids(own, len(data.tokenizer))
    symbols = [data.tokenizer.id_of(symbol) for symbol in SYMBOLS]
    # (Nor do those that were put beside a sentence stand for anything.)
    found, total = (words[np.isin(pieces, symbols)] > 0).sum(), np.isin(pieces, symbols).sum()
    assert 0.6 * total < found < total


def test_without_vectors_a_source_id_is_that_of_its_piece(tmp_path):
    pairs = write_pairs(tmp_path / "p.tsv", copy_pairs(60))
    list(train(TrainRequest(
        tmp_path / "m", CorpusFiles(pairs=(pairs,)), confidence=False, threads=1,
        overrides=SMALL | {"updates": 2, "evaluations": 1},
    )))  # fmt: skip
    bundle = open_bundle(tmp_path / "m")
    assert VECTORS not in bundle.files
    processor = load_translator(bundle).processor
    ids = processor.encode_source("ba do").ids
    assert list(ids[:-1]) == bundle.tokenizer.encode("ba do")
    assert torch.tensor(ids).max() < len(bundle.tokenizer)
