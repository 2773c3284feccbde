import json
import re
import shutil
import zlib
from dataclasses import replace

import numpy as np
import pytest
from conftest import as_format_4, edit_manifest, part_path, replace_part
from safetensors.numpy import save

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.folder import (
    ENCODER,
    FORMAT,
    INDEX,
    MANIFEST,
    PARTS,
    READABLE_FORMATS,
    STEP,
    TOKENIZER,
    WEIGHTS,
    WORDS,
    check_format,
)
from seqcli.storage.generation import read_manifest, write_generation
from seqcli.training.destination import check_model_folder


@pytest.fixture
def copied(copy_model, tmp_path):
    """A copy of a model without its checkpoint, as one would pass it on."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(copy_model, folder, ignore=shutil.ignore_patterns("checkpoint"))
    return folder


def test_a_copied_folder_translates(copied):
    (translations,) = load_translator(open_bundle(copied), SearchConfig()).translate(["ba do"])
    assert translations[0].text == "BA DO"


def test_a_folder_holds_what_it_should(copy_model):
    names = {path.name for path in copy_model.iterdir()}
    parts = {part_path(copy_model, part).name for part in (*PARTS, INDEX)}
    assert names == parts | {"config.json", "history.jsonl", "README.md", "checkpoint"}
    assert part_path(copy_model, "step.int8.onnx").match("step.int8-????????????????.onnx")
    assert "BA" in (copy_model / "README.md").read_text(encoding="utf-8")
    assert not list(copy_model.rglob("*.part"))


def test_nothing_in_it_is_a_pickle(copy_model):
    for path in copy_model.rglob("*"):
        if path.is_file():
            suffixes = {".json", ".model", ".safetensors", ".jsonl", ".md", ".onnx", ".txt"}
            assert path.suffix in suffixes
            # (Not the first byte alone: safetensors begin with a length, which may be any.)
            assert not re.match(rb"\x80[\x02-\x05]|PK", path.read_bytes())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda f: (f / MANIFEST).unlink(),
            "holds no model: a bare `seqcli train` makes one "
            r"from the sample data in about two minutes, `seqcli train FILE` one from your own "
            r"pairs$",
        ),
        (lambda f: (f / MANIFEST).write_text("{"), "is damaged"),
        (lambda f: part_path(f, TOKENIZER).unlink(), r"tokenizer-\w+\.model is missing"),
        (
            lambda f: part_path(f, TOKENIZER).write_bytes(b"x"),
            r"tokenizer-\w+\.model is damaged or from another model",
        ),
        (lambda f: (f / MANIFEST).write_text("[]"), "is damaged"),
        (lambda f: (f / MANIFEST).write_text(f'{{"format": {FORMAT}}}'), "is damaged"),
    ],
)
def test_what_is_missing_or_damaged_is_named(copied, damage, message):
    damage(copied)
    with pytest.raises(UserError, match=message):
        open_bundle(copied)


def test_an_invalid_tokenizer_is_named(copied):
    replace_part(copied, TOKENIZER, b"x")
    place = re.escape(str(part_path(copied, TOKENIZER)))
    message = rf"^{place} is not a SentencePiece model"
    with pytest.raises(UserError, match=message):
        open_bundle(copied)


def test_other_formats_and_unknown_settings_are_refused(copied):
    edit_manifest(copied, lambda values: values["settings"]["model"].update(wings=2))
    with pytest.raises(UserError, match=r"config\.json is damaged \(.*no setting named wings\)"):
        open_bundle(copied)
    edit_manifest(copied, lambda values: values.update(format=99))
    with pytest.raises(UserError, match="format 99"):
        open_bundle(copied)


def test_a_folder_without_its_manifest_can_be_trained_again(copied):
    (copied / MANIFEST).unlink()
    with pytest.raises(UserError, match="--overwrite"):
        check_model_folder(copied, overwrite=False)
    check_model_folder(copied, overwrite=True)


def test_a_missing_or_damaged_part_is_named_when_it_is_read(copied):
    path = part_path(copied, WEIGHTS)
    content = path.read_bytes()
    assert open_bundle(copied, [WEIGHTS]).contents[WEIGHTS] == content
    for damage, message in (
        (path.unlink, "is missing: copy the folder again$"),
        (lambda: path.write_bytes(content[:-1]), "is damaged or from another model"),
        (lambda: path.write_bytes(content[:-1] + b"!"), "is damaged or from another model"),
        (lambda: path.write_bytes(content + b"!"), "is too large"),
    ):
        damage()
        assert open_bundle(copied)  # which does not need it
        with pytest.raises(UserError, match=rf"{path.name} {message}"):
            open_bundle(copied, [WEIGHTS])


def test_a_folder_with_only_a_checkpoint_is_not_overwritten(copy_model, tmp_path):
    folder = tmp_path / "begun"
    shutil.copytree(copy_model / "checkpoint", folder / "checkpoint")
    with pytest.raises(UserError, match=r"training already: --resume .*--overwrite"):
        check_model_folder(folder, overwrite=False)
    check_model_folder(folder, overwrite=True)
    with pytest.raises(UserError, match=r"unfinished training.*--resume"):
        open_bundle(folder)
    (folder / "README.md").touch()  # not a model card where there is no model
    message = r"holds other things than a model \(.*\): name a separate folder with --model$"
    with pytest.raises(UserError, match=message):
        check_model_folder(folder, overwrite=True)


def test_what_a_killed_save_left_is_no_other_thing_but_a_file_of_the_user_is(copied):
    (copied / ".config.json.part").touch()
    (copied / "step-0123456789abcdef.onnx").touch()
    (copied / "step.onnx.part").touch()
    check_model_folder(copied, overwrite=True)
    bundle = open_bundle(copied, PARTS)
    values = read_manifest(copied / "config.json")
    (copied / "film.part").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match=r"other things than a model \(film\.part\)"):
        check_model_folder(copied, overwrite=True)
    write_generation(copied / "config.json", values, bundle.contents)
    left = {path.name for path in copied.iterdir() if path.suffix == ".part"}
    assert left == {"film.part"}
    assert (copied / "film.part").read_text(encoding="utf-8") == "mine"
    assert len(list(copied.glob("step-*.onnx"))) == 1


def test_an_empty_checkpoint_folder_may_be_overwritten(tmp_path):
    (tmp_path / "model" / "checkpoint").mkdir(parents=True)
    check_model_folder(tmp_path / "model", overwrite=False)


@pytest.mark.parametrize(
    "output_pieces",
    [
        [1, 2, 5, 4],
        [1, 3, 4],
        [],
        [[1, 2]],
        [1, 2, 2],
        [1, 2, 99_999],
        [1, 2, 1 << 70],
        [1, 2, 3.0],
    ],
)
def test_damaged_output_pieces_are_reported(copied, output_pieces):
    edit_manifest(copied, lambda values: values.update(output_pieces=output_pieces))
    with pytest.raises(UserError, match="is damaged"):
        open_bundle(copied)


def test_a_folder_of_format_2_is_read(copied):
    """Format 2 has other names in the manifest, settings of the search, and one more tensor."""
    now = open_bundle(copied, [WEIGHTS])
    manifest = as_format_4(copied)
    settings = manifest["settings"] | {"search": {"beam": 5}}
    settings["length_ratio"] = settings.pop("max_length_ratio")
    settings["punctuation"] = settings.pop("source_punctuation")
    for name in ("carry_over", "carry_numbers", "locale", "read_compatibly"):
        del settings[name]
    del manifest["files"][WORDS]
    (copied / WORDS).unlink()
    pieces = manifest.pop("output_pieces")
    tensors = now.weights()
    weights = save(tensors | {"writable": np.array(pieces)})
    (copied / WEIGHTS).write_bytes(weights)
    manifest["files"][WEIGHTS] = zlib.crc32(weights)
    manifest |= {"format": 2, "settings": settings, "writable": pieces}
    (copied / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    opened = open_bundle(copied, [ENCODER, STEP, WEIGHTS])
    assert opened.settings == replace(
        now.settings, carry_over=False, carry_numbers=False, locale="", read_compatibly=True
    )
    assert opened.output_vocabulary.pieces.tolist() == pieces
    assert opened.weights().keys() == tensors.keys()
    (translations,) = load_translator(opened).translate(["ba do"])
    assert translations[0].text == "BA DO"


def test_the_formats_that_can_be_read_are_named(tmp_path):
    for readable in READABLE_FORMATS:
        check_format(tmp_path, readable)
    with pytest.raises(
        UserError,
        match=r"has format 99, and this seqcli \(.*\) reads 2, 3, 4, 5, 6, 7, 8, 9, 10 and 11: ",
    ):
        check_format(tmp_path, 99)


def test_where_a_model_cannot_be_written_is_named(copied):
    with pytest.raises(
        UserError, match=r"config\.json is not a folder: name another with --model$"
    ):
        check_model_folder(copied / MANIFEST / "model", overwrite=True)
    with pytest.raises(UserError, match="elsewhere holds a model already: --resume"):
        check_model_folder(copied, overwrite=False)
