"""Subtitles, SRT and WebVTT, that are filled in: only the lines of their text change.

(pysubs2 writes a file anew, without the settings of cues, notes and styles, so it is not used.)
WebVTT: https://www.w3.org/TR/webvtt1. SRT has no standard; what players accept is read.
"""

from __future__ import annotations

import codecs
import html
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from seqcli.data.documents import Entry
from seqcli.data.readers.opening import HEAD_BYTES, find_encoding
from seqcli.data.reading import Reading
from seqcli.data.text import END_MARKS, is_east_asian
from seqcli.data.writers.wrapping import CLOSERS, TAG, columns, divide, plain

LONGEST_LINE = 42  # columns
LONGEST_PAUSE = 2000  # milliseconds between two cues of a sentence
MOST_CUES = 6  # of a sentence

_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]++")
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\ufeff?\s*+{_TIME}\s*+-->\s*+{_TIME}(?!\S)", re.ASCII)
_BAD_TIMING = re.compile(r"\ufeff?\s*+\d+:\d[\d:.,\s]*+-+>", re.ASCII)
_NUMBER = re.compile(r"\s*+\d++\s*+", re.ASCII)

_NAMED_TAG = re.compile(r"<(?P<close>/?)(?P<name>(?!br\b)[^\W\d_]\w*+)[^<>]*+(?<!/)>")
_REOPENED = re.compile(r"</(\w++)>( ?)<\1>")
# What stays at the beginning of a cue: its position, such as {\an8}, and its speaker.
_PREFIX = re.compile(r"(?:\{\\[^{}]*+\}|<v(?:[.\s][^<>]*+)?>)*+")
_NEW_SPEAKER = re.compile(r"<v[.\s>]|(?:<[^<>]*+>)*+[-‐–—](?![-\d])")
_SOUND = re.compile(r"[(\[（【♪].*[)\]）】♪]", re.DOTALL)
_EAST_ASIAN_MARKS = frozenset("、。，．！？：；…（）「」『』【】《》")
_SPLIT_TAGS = re.compile(f"({TAG.pattern})")
_ENTITY = re.compile(r"&(?:amp|lt|gt|nbsp|lrm|rlm|quot|#\d{1,7});")
_SPACES = re.compile(r"\s++", re.ASCII)


class _Cue(NamedTuple):
    """A cue: its times in milliseconds, and the lines [`first`, `last`) that hold its text, if any.

    `parts` are what different speakers say, `prefix` and `suffix` what is before and after that.
    """

    number: int
    start: int
    end: int
    first: int
    last: int
    prefix: str
    parts: Sequence[str]
    suffix: str

    @property
    def plain(self) -> str:
        """What is to be read, without tags."""
        return plain("\n".join(self.parts))


class SubtitleDocument:
    """Subtitles (`seqcli.data.documents.Document`). An entry is a sentence, in one or more cues.

    A sentence goes on in the next cue if it has no end mark and fewer than `MOST_CUES` cues, the
    pause is at most `LONGEST_PAUSE`, and nobody else begins to speak. A translation is divided
    among the cues as the source is, between words and if possible after punctuation. A cue with
    several speakers is an entry with a line for each.
    """

    def __init__(self, content: bytes, reading: Reading, *, form: str) -> None:
        self.charset = _find_encoding(content)
        try:
            text = content.decode(self.charset)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise reading.fail(
                f"line {line}: not valid {self.charset.upper()}; save the file as UTF-8"
            ) from error
        self._is_vtt = form == "vtt"
        self._lines: Sequence[str] = _LINE.findall(text)
        if self._is_vtt and not text.removeprefix("\ufeff").startswith("WEBVTT"):
            raise reading.fail("line 1: a WebVTT file begins with WEBVTT; is this SRT?")
        cues = list(_find_cues(self._lines, reading, is_vtt=self._is_vtt))
        if not cues and not self._is_vtt and text.strip("\ufeff\r\n\t "):
            raise reading.fail(
                "has no times such as 00:00:01,000 --> 00:00:02,500; is this an SRT file?"
            )
        self._sentences = list(_join_cues(cue for cue in cues if cue.plain))
        self.entries: Sequence[Entry] = [_entry(cues) for cues in self._sentences]
        self.notes: Sequence[str] = ()

    def fill(self, translations: Sequence[str | None]) -> bytes:
        """The file with the translations. If one has fewer words than its sentence has cues, the
        last of them have no text."""
        output: list[str] = []
        done = 0  # lines
        for cues, translation in zip(self._sentences, translations, strict=True):
            if translation is None:
                continue
            for cue, lines in zip(cues, _divide_lines(cues, translation), strict=True):
                output += [*self._lines[done : cue.first], self._write(cue, lines)]
                done = cue.last
        return "".join([*output, *self._lines[done:]]).encode(self.charset)

    def _write(self, cue: _Cue, lines: Sequence[str]) -> str:
        """The lines of a cue's text, with ends as the others have them."""
        if not lines:
            return ""
        line_end = _line_end(self._lines[cue.first - 1])
        write = _escape if self._is_vtt else _without_arrow
        text = line_end.join(map(write, lines))
        return cue.prefix + text + cue.suffix + _line_end(self._lines[cue.last - 1])


def open_subtitles(content: bytes, reading: Reading, *, form: str) -> SubtitleDocument:
    """The subtitles in a file, whose `form` is "srt" or "vtt", to be translated. Raises `UserError`
    for a file that holds none."""
    return SubtitleDocument(content, reading, form=form)


def _find_encoding(content: bytes) -> str:
    """The encoding of a text, in which its byte order mark is a character."""
    encoding = find_encoding(content[:HEAD_BYTES])
    if encoding == "utf-16":
        return "utf-16-le" if content.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    return encoding if encoding.startswith("utf-16") else "utf-8"


def _find_cues(lines: Sequence[str], reading: Reading, *, is_vtt: bool) -> Iterator[_Cue]:
    """The cues in the lines of a file. Raises `UserError` for times that cannot be read."""
    times: dict[int, re.Match[str]] = {}
    for index, line in enumerate(lines):
        if match := _TIMING.match(line):
            times[index] = match
        elif _BAD_TIMING.match(line):
            usual = "00:00:01.000 --> 00:00:02.500"
            usual = usual if is_vtt else usual.replace(".", ",")
            raise reading.fail(f"line {index + 1}: times are written as {usual}")
    for number, (index, following) in enumerate(pairwise([*times, len(lines)]), start=1):
        places = range(index + 1, following)
        if is_vtt:  # up to a blank line
            places = range(index + 1, next((i for i in places if not lines[i].strip()), following))
        elif following in times and _NUMBER.fullmatch(lines[following - 1]):
            places = places[:-1]  # without the number of the next cue
        filled = [i for i in places if lines[i].strip()] or [index]
        texts = [lines[i].strip() for i in filled if i > index]
        prefix, parts, suffix = _parse_text(list(map(_unescape, texts)) if is_vtt else texts)
        begin, end = _milliseconds(times[index])
        yield _Cue(number, begin, end, filled[0], filled[-1] + 1, prefix, parts, suffix)


def _milliseconds(match: re.Match[str]) -> tuple[int, int]:
    """When a cue begins and ends."""
    begin, end = (
        ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(f"{parts:0<3}")
        for hours, minutes, seconds, parts in (match.groups()[:4], match.groups()[4:])
    )
    return begin, end


def _parse_text(texts: Sequence[str]) -> tuple[str, Sequence[str], str]:
    """The prefix, the parts and the suffix in the lines of a cue."""
    prefix = match[0] if texts and (match := _PREFIX.match(texts[0])) else ""
    groups: list[list[str]] = []
    for text in (texts[0][len(prefix) :], *texts[1:]) if texts else ():
        if not groups or _NEW_SPEAKER.match(text):
            groups.append([])
        groups[-1].append(text)
    parts = [_join(group) for group in groups]
    is_whole = "<v" in prefix and len(parts) == 1 and "<v" not in parts[0]
    suffix = "</v>" if is_whole and parts[0].endswith("</v>") else ""
    return prefix, [part.removesuffix(suffix) for part in parts], suffix


def _join(texts: Sequence[str]) -> str:
    """The texts as one, with spaces between them except in Chinese and Japanese."""
    joined = list(texts[:1])
    for left, right in pairwise(texts):
        ends = (plain(left)[-1:], plain(right)[:1])
        joined += ["" if all(map(_needs_no_space, ends)) else " ", right]
    return "".join(joined)


def _needs_no_space(character: str) -> bool:
    return character in _EAST_ASIAN_MARKS or is_east_asian(character)


def _join_cues(cues: Iterable[_Cue]) -> Iterator[list[_Cue]]:
    """The cues of each sentence."""
    sentence: list[_Cue] = []
    for cue in cues:
        if sentence and (len(sentence) == MOST_CUES or not _goes_on(sentence[-1], cue)):
            yield sentence
            sentence = []
        sentence.append(cue)
    if sentence:
        yield sentence


def _goes_on(cue: _Cue, following: _Cue) -> bool:
    """Whether the sentence at the end of a cue may go on in the following one."""
    return not (
        cue.plain.rstrip(CLOSERS).endswith(END_MARKS)
        or _NEW_SPEAKER.match(following.parts[0])
        or len(cue.parts) + len(following.parts) > 2
        or cue.prefix != following.prefix
        or following.start < cue.start
        or following.start - cue.end > LONGEST_PAUSE
        or _SOUND.fullmatch(cue.plain)
        or _SOUND.fullmatch(following.plain)
    )


def _entry(cues: Sequence[_Cue]) -> Entry:
    """The entry of a sentence, or of a cue with several speakers."""
    parts = [part for cue in cues for part in cue.parts]
    text = "\n".join(parts) if len(cues) == 1 else _join(parts)
    # Italics that end with a cue and begin again with the next one are one pair of tags for the
    # translator; `_close_tags` makes two of them again.
    return Entry(_REOPENED.sub(r"\2", text), f"cue {cues[0].number}")


def _divide_lines(cues: Sequence[_Cue], translation: str) -> list[list[str]]:
    """The lines of each cue of a sentence, with a translation."""
    lines = [_SPACES.sub(" ", line).strip() for line in translation.split("\n")]
    if len(cues[0].parts) > 1:
        return [[line for line in lines if line]]
    widths = [max(1, columns(cue.plain)) for cue in cues]
    texts = _close_tags(divide(" ".join(lines).strip(), widths))
    return [
        _wrap(text, cue.last - cue.first) if text else []
        for cue, text in zip(cues, texts, strict=True)
    ]


def _wrap(text: str, height: int) -> list[str]:
    """A text in one line if that is short, or else in as many as it had, or as it needs."""
    needed = math.ceil(columns(plain(text)) / LONGEST_LINE)
    lines = divide(text, [1] * max(height, needed)) if needed > 1 else [text]
    return [line for line in lines if line]


def _close_tags(texts: Sequence[str]) -> Sequence[str]:
    """The texts of several cues, with the tags that are open at the end of one closed there, and
    opened again in the next one."""
    if len(texts) == 1:
        return texts
    closed = []
    opened: list[re.Match[str]] = []
    for text in texts:
        before = "".join(tag[0] for tag in opened)
        for tag in _NAMED_TAG.finditer(text):
            if not tag["close"]:
                opened.append(tag)
            elif same := [i for i, other in enumerate(opened) if other["name"] == tag["name"]]:
                del opened[same[-1]]
        after = "".join(f"</{tag['name']}>" for tag in reversed(opened))
        closed.append(f"{before}{text}{after}" if text else "")
    return closed


def _without_arrow(line: str) -> str:
    return line.replace("-->", "->")  # which would make a line of times


def _unescape(line: str) -> str:
    """A line of WebVTT as it is read, unless characters would become tags."""
    text = _change_text(_characters, line)
    return text if TAG.findall(text) == TAG.findall(line) else line


def _escape(line: str) -> str:
    """A line for WebVTT, in which its tags remain tags."""
    return _change_text(lambda text: html.escape(_characters(text), quote=False), line)


def _characters(text: str) -> str:
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def _change_text(change: Callable[[str], str], line: str) -> str:
    parts = _SPLIT_TAGS.split(line)  # text and tags in turn
    parts[::2] = map(change, parts[::2])
    return "".join(parts)


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
