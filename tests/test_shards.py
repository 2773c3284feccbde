"""`translate --shard` and `join`: shards together are one translation, or are refused."""

import gzip
import json
import random
from itertools import chain

import pytest
from conftest import copy_pairs, shard_header, write_shard

from seqcli.errors import UserError
from seqcli.shards import MAX_LINE_BYTES, MAX_SHARDS, Shard, joined, shard_writer


@pytest.mark.parametrize("total", [0, 1, 2, 15, 16, 17, 100, 1001])
@pytest.mark.parametrize("count", [1, 2, 3, 16, 40])
def test_shards_are_all_lines_once_in_order_and_of_equal_sizes(total, count):
    ranges = [Shard(number, count).lines(total) for number in range(1, count + 1)]
    assert list(chain(*ranges)) == list(range(total))
    assert {len(each) for each in ranges} <= {total // count, total // count + 1}


@pytest.mark.parametrize(
    "text", ["0/3", "4/3", "3", "1/0", "-1/3", "1/3/4", "a/b", " 1/3", f"1/{MAX_SHARDS + 1}", "١/٣"]
)
def test_a_wrong_shard_is_refused(text):
    with pytest.raises(UserError, match="3/16"):
        Shard.parse(text)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_joined_is_what_was_written_whatever_its_size(tmp_path, seed):
    chance = random.Random(seed)
    sizes = [0, 1, MAX_LINE_BYTES - 2, MAX_LINE_BYTES, 1 << 20, (1 << 20) + MAX_LINE_BYTES]
    texts = [
        [
            chance.choice("aä爱\x85") * (chance.choice(sizes) // 3)
            for _ in range(chance.randrange(4))
        ]
        for _ in range(3)
    ]
    paths = [
        write_shard(tmp_path / str(number), lines, number=number, count=3)
        for number, lines in enumerate(texts, start=1)
    ]
    chance.shuffle(paths)
    headers, parts = joined(paths)
    assert [each.number for each in headers] == [1, 2, 3]
    expected = "".join(f"{line}\n" for line in chain(*texts)).encode()
    assert b"".join(parts()) == expected


def refusal(*paths):
    with pytest.raises(UserError) as error:
        joined(paths)
    return str(error.value)


def test_any_alteration_is_noticed(tmp_path):
    whole = write_shard(tmp_path / "1", ["one", "two"], count=1)
    content = whole.read_bytes()
    joined([whole])
    for place in range(len(content)):
        for changed in (content[:place], content[:place] + b"?" + content[place + 1 :]):
            if changed == content:
                continue
            whole.write_bytes(changed)
            # In the header, what is altered may make it another valid one.
            if place > content.index(b"\n"):
                message = refusal(whole)
                assert "incomplete" in message or "altered" in message
    whole.write_bytes(content + content)
    assert "altered" in refusal(whole)
    whole.write_text("Ein Hund\n")
    assert "no shard" in refusal(whole)
    whole.write_bytes(b"")
    assert "no shard" in refusal(whole)


def test_an_interrupted_shard_is_incomplete(tmp_path):
    path = tmp_path / "1"
    with (
        path.open("w") as file,
        pytest.raises(KeyboardInterrupt),
        shard_writer(file, shard_header(count=1)) as out,
    ):
        print("one", file=out)
        raise KeyboardInterrupt
    assert "shard 1/1 is incomplete: translate it again" in refusal(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": 3}, "one is of 2 shards, the other of 3"),
        ({"lines": 5}, "inputs differ"),
        ({"source": "other"}, "inputs differ"),
        ({"model": "other"}, "models, corrections or glossaries differ"),
        ({"settings": {"beam": 4}}, "beam is 5 and 4"),
        ({"settings": {"beam": 5, "no_repeat_ngram": 2}}, "no-repeat-ngram is null and 2"),
        ({"seqcli": "2.0"}, "seqcli 1.0 and 2.0 wrote them"),
    ],
)
def test_shards_of_different_translations_are_refused(tmp_path, changes, message):
    first = write_shard(tmp_path / "1", ["one"], count=2)
    second = write_shard(tmp_path / "2", ["two"], **{"number": 2, "count": 2} | changes)
    assert message in refusal(first, second)


def test_missing_and_doubled_shards_are_refused(tmp_path):
    paths = [write_shard(tmp_path / str(i), [str(i)], number=i, count=40) for i in range(1, 41)]
    assert refusal(*paths[:3], *paths[4:]) == "1 shard of 40 is missing: 4"
    assert refusal(paths[0]).startswith(
        "39 shards of 40 are missing: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …"
    )
    again = write_shard(tmp_path / "again", ["3"], number=3, count=40)
    assert "shard 3/40 is there twice" in refusal(*paths, again)
    assert "shard 1/40 is there twice" in refusal(*paths, paths[0])


def test_a_long_prefix_fits_into_the_header(tmp_path):
    settings = {"prefix": "爱" * 100_000}
    path = write_shard(tmp_path / "1", ["one"], settings=settings)
    assert joined([path])[0][0].settings == settings


@pytest.fixture
def lines(tmp_path):
    sources = [line.split("\t")[0] for line in copy_pairs(41)]
    sources[7] = ""
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"{source}\n" for source in sources), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "options",
    [[], ["--format", "json", "--nbest", "2"], ["--format", "tsv", "--beam", "2"], ["--sample"]],
)
def test_joined_shards_are_what_one_run_writes(seqcli, copy_model, lines, tmp_path, options):
    command = ["translate", "-m", copy_model, "-i", lines, *options]
    whole = seqcli(*command).out
    names = ["a", "b.gz", "c"]
    for number, name in enumerate(names, start=1):
        result = seqcli(*command, "--shard", f"{number}/3", "-o", name)
        assert f"translated shard {number}/3: lines " in result.err
    assert gzip.decompress((tmp_path / "b.gz").read_bytes()).startswith(b'{"seqcli_shard": ')
    assert seqcli("join", "c", "a", "b.gz").out == whole
    message = seqcli("join", *names, "-o", "all.gz").err
    assert "wrote the translations of 41 lines from 3 shards to all.gz" in message
    assert gzip.decompress((tmp_path / "all.gz").read_bytes()).decode() == whole


def test_more_shards_than_lines_and_standard_output(seqcli, copy_model, tmp_path):
    (tmp_path / "two.txt").write_text("ba do\nga")
    command = ["translate", "-m", copy_model, "-i", "two.txt"]
    for number in range(1, 6):
        out = seqcli(*command, "--shard", f"{number}/5").out
        (tmp_path / f"{number}.out").write_text(out)
    assert "no lines" in seqcli(*command, "--shard", "1/5").err
    assert seqcli("join", *(f"{i}.out" for i in range(1, 6))).out == seqcli(*command).out


def test_the_model_of_a_shard_is_all_that_it_was_made_with(seqcli, copy_model, lines, tmp_path):
    def header(*options):
        out = seqcli("translate", "-m", copy_model, "-i", lines, "--shard", "1/2", *options).out
        return json.loads(out.split("\n")[0])["seqcli_shard"]

    (tmp_path / "terms.tsv").write_text("ba\tDO\n")
    first = header()
    assert first == header("--threads", "1", "--batch-size", "3")
    assert first == header("--no-memory")  # there is nothing to remember
    assert first["settings"] != header("--beam", "2")["settings"]
    for options in (["--precision", "int8"], ["--glossary", "terms.tsv"], ["-m", copy_model]):
        assert first["model"] != header(*options)["model"]


def test_faults_are_told_with_the_line_of_the_whole_file(seqcli, copy_model, lines):
    options = ["--max-length", "1", "--shard", "3/3", "--format", "json"]
    result = seqcli("translate", "-m", copy_model, "-i", lines, *options)
    written = [json.loads(line) for line in result.out.splitlines()[1:-1]]
    assert [each["line"] for each in written] == list(range(28, 42))
    named = result.err.split("line")[1]
    assert any(str(number) in named for number in range(28, 42)), result.err


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--shard", "1/2"], "name --input"),
        (["--shard", "1/2", "-i", "-"], "name --input"),
        (["--shard", "", "-i", "lines.txt"], "3/16"),
        (["--shard", "1/2", "-i", "lines.txt", "-o", "lines.txt"], "name another --output"),
        (["--shard", "3/2", "-i", "lines.txt"], "3/16"),
        (["--shard", "1/2", "-i", "lines.txt", "--heatmap"], "leave out --heatmap"),
        (["--shard", "1/2", "-i", "a.po", "-o", "b.po"], "convert it first"),
        (["--shard", "1/2", "-i", "lines.txt", "-o", "no/where"], "there is no folder"),
        (["--shard", "1/2", "-i", "/dev/zero"], "save it as one"),
        (["--shard", "1/2", "-i", "lines.txt", "--glossary", "/dev/null"], "/dev/null"),
        (["--shard", "1/2", "-i", "bad.txt"], "bad.txt, line 2: not valid UTF-8"),
    ],
)
def test_options_that_do_not_go_with_a_shard(seqcli, copy_model, tmp_path, options, message):
    (tmp_path / "bad.txt").write_bytes(b"ba\n\xff\n")
    (tmp_path / "a.po").write_text('msgid "ba"\nmsgstr ""\n')
    error = seqcli("translate", "-m", copy_model, *options, code=2).err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "SHARD"),
        (["-"], "instead of -"),
        (["lines.txt"], "is no shard"),
        (["none"], "none"),
        (["/dev/null", "1"], "save it as one"),
        (["1", "2", "-o", "2"], "another file"),
        (["1"], "missing: 2"),
    ],
)
def test_join_refuses_in_one_line_and_writes_nothing(seqcli, tmp_path, arguments, message):
    for number in (1, 2):
        write_shard(tmp_path / str(number), ["x"], number=number, count=2)
    before = (tmp_path / "2").read_bytes()
    result = seqcli("join", *arguments, code=2)
    assert message in result.err
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert (tmp_path / "2").read_bytes() == before


def test_a_file_that_changes_while_it_is_read_is_refused(seqcli, copy_model, lines, monkeypatch):
    def shorter(path):
        return iter(path.read_text().splitlines()[:-1])

    monkeypatch.setattr("seqcli.cli.sharding.read_lines", shorter)
    command = ["translate", "-m", copy_model, "-i", lines, "-o", "out", "--shard"]
    seqcli(*command, "1/2")
    error = seqcli(*command, "2/2", code=2).err
    assert "has changed while it was read" in error


def test_a_file_that_is_written_while_it_is_read_is_refused(seqcli, copy_model, lines, monkeypatch):
    def altered(path):
        path.write_text(path.read_text().replace("a", "u"))
        return iter(path.read_text().splitlines())

    monkeypatch.setattr("seqcli.cli.sharding.read_lines", altered)
    command = ["translate", "-m", copy_model, "-i", lines, "-o", "out", "--shard", "1/2"]
    assert "has changed while it was read" in seqcli(*command, code=2).err


def test_a_shard_that_is_replaced_between_the_readings_is_refused(tmp_path):
    path = write_shard(tmp_path / "1", ["one"], count=1)
    _, parts = joined([path])
    write_shard(path, ["other"], source="other", count=1)
    with pytest.raises(UserError, match="has changed"):
        list(parts())


@pytest.mark.parametrize("command", ["join", "translate", "convert"])
def test_an_output_in_a_loop_of_links_is_refused(seqcli, copy_model, lines, tmp_path, command):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    write_shard(tmp_path / "1", ["x"])
    (tmp_path / "a.tsv").write_text("a\tb\n")
    arguments = {
        "join": ["1", "-o", "loop/x"],
        "translate": ["-m", copy_model, "-i", lines, "--shard", "1/2", "-o", "loop/x"],
        "convert": ["a.tsv", "loop/x.tsv"],
    }[command]
    error = seqcli(command, *arguments, code=2).err
    assert "cannot be written" in error
    assert error.count("\n") == 1
