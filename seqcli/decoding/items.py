"""What a translation carries over, in place of the symbols that stand for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seqcli.data.carryover import SYMBOLS
from seqcli.data.source_text import SourceText
from seqcli.decoding.encoded import Copy


def items_by_symbol(source: SourceText, texts: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    """For each symbol of a source those of the texts that it stands for, with their numbers, in
    order. The texts are those of all items, or of the first ones."""
    by_symbol: dict[str, list[tuple[int, str]]] = {}
    if not texts:
        return by_symbol
    symbols = [character for character in source.text if character in SYMBOLS]
    for number, (symbol, text) in enumerate(zip(symbols, texts, strict=False)):
        by_symbol.setdefault(symbol, []).append((number, text))
    return by_symbol


def put_items(
    pieces: Sequence[str], items: Mapping[str, list[tuple[int, str]]], space: str = ""
) -> tuple[list[str], dict[int, int]]:
    """The pieces with items in place of symbols, and the index of the piece of each item.

    Between two words or numbers that would run into each other there is a `space`.
    """
    if not items:
        return list(pieces), {}
    remaining = {symbol: iter(numbered) for symbol, numbered in items.items()}
    places: dict[int, int] = {}
    shown = []
    last = ""  # the last character, if an item ends there
    for index, piece in enumerate(pieces):
        text = ""
        for character in piece:
            number, item = next(remaining.get(character, iter(())), (-1, character))
            if number < 0:
                last = ""
            else:
                text += space * (last.isalnum() and item[0].isalnum())
                places[number] = index
                last = item[-1]
            text += item
        shown.append(text)
    return shown, places


def with_capital(
    text: str, pieces: list[str], copies: tuple[Copy, ...], first: int
) -> tuple[str, tuple[Copy, ...]]:
    """The text, which begins with a translated word, with a capital letter, as sentences have; the
    piece too. A word that has a capital letter, such as "iPhone", stays as it is."""
    copy, capital = copies[first], text[0].upper()
    if len(capital) > 1 or text[0] == capital or copy.text != copy.text.lower():
        return text, copies
    place = copy.target_piece
    pieces[place] = pieces[place].replace(text[0], capital, 1)
    changed = copy._replace(text=capital + copy.text[1:])
    return capital + text[1:], (*copies[:first], changed, *copies[first + 1 :])
