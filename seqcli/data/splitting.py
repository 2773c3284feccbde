"""Pairs held out of the training data, to evaluate on."""

from __future__ import annotations

import random
from collections.abc import Sequence

from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair
from seqcli.errors import UserError
from seqcli.wording import plural


def hold_out(
    pairs: Sequence[Pair], wanted: int, seed: int, unit: str = "pair"
) -> tuple[list[Pair], list[Pair], bool]:
    """Split into (train, dev, strict): no sentence of dev, on either side, occurs in train.

    Sentences with the same normalized form count as equal. At most a twentieth of the pairs is held
    out. If too few pairs share no sentence with others (where targets are labels, say), only
    sources are kept apart, and `strict` is False. Raises `UserError` if no pair can be held out;
    `unit` is what its message calls one.
    """
    wanted = max(1, min(wanted, len(pairs) // 20))
    normalized = [Pair(*(fold(normalize_source(side)) for side in pair)) for pair in pairs]
    chosen = _sample_groups(_group_pairs(normalized), wanted, seed)
    strict = len(chosen) >= max(1, wanted // 10)
    if not strict:
        sources_only = [Pair(source, "") for source, _ in normalized]
        chosen = _sample_groups(_group_pairs(sources_only), wanted, seed)
    if not chosen:
        raise UserError(
            f"{plural(len(pairs), f'usable {unit}')}, and none that can be held out: "
            f"give more {unit}s, or a dev file with --dev"
        )
    held_out = set(chosen)
    train = [pair for i, pair in enumerate(pairs) if i not in held_out]
    return train, [pairs[i] for i in sorted(held_out)], strict


def _group_pairs(pairs: Sequence[Pair]) -> list[list[int]]:
    """Indices of the pairs in groups, so that pairs with the same source, or the same target
    unless it is empty, are in one group (connected components, by union-find)."""
    parent: dict[tuple[int, str], tuple[int, str]] = {}

    def root(node: tuple[int, str]) -> tuple[int, str]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for source, target in pairs:
        if target:
            parent[root((0, source))] = root((1, target))
    groups: dict[tuple[int, str], list[int]] = {}
    for index, (source, _) in enumerate(pairs):
        groups.setdefault(root((0, source)), []).append(index)
    return list(groups.values())


def _sample_groups(groups: list[list[int]], wanted: int, seed: int) -> list[int]:
    """Indices of whole groups, in random order while they fit into `wanted`; none if there is
    only one group."""
    if len(groups) < 2:
        return []
    random.Random(seed).shuffle(groups)
    chosen: list[int] = []
    for group in groups:
        if len(chosen) + len(group) <= wanted:
            chosen += group
    return chosen
