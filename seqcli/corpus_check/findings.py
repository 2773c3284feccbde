"""What a check of a corpus finds: faults of single pairs, and findings on the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqcli.corpus_check.faults import CLEANED, KINDS, RANK, Fault, Severity
from seqcli.corpus_check.lengths import Distribution, unit_of_length
from seqcli.data.pairs import Pair
from seqcli.wording import plural, shortened

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
# Further numbers of pairs by their names in JSON; those of `not_nfc` are of texts.
TOLD = {
    "different_targets": "same source, other target",
    "near_duplicates": "duplicates but for case",
    "identical": "target is the source",
    "marks_only": "side without letters",
    "not_nfc": "texts not in form C",
}
EXAMPLES_KEPT = 5  # of a finding
TOP_FINDINGS = 3


@dataclass(frozen=True)
class SuspiciousPair:
    """A pair with faults, its number from 1, and the mean log-probability of the target's pieces,
    where a model has scored it."""

    number: int
    pair: Pair
    faults: tuple[Fault, ...]
    score: float | None = None

    @property
    def is_rejected(self) -> bool:
        """Whether `--fix` leaves the pair out."""
        return any(fault.is_error for fault in self.faults)

    @property
    def is_dropped(self) -> bool:
        """Whether training leaves the pair out anyway."""
        return any(fault.kind in CLEANED for fault in self.faults)

    @property
    def reasons(self) -> str:
        """The faults in words."""
        return "; ".join(fault.detail for fault in self.faults)

    @property
    def order(self) -> tuple[bool, float, int, int]:
        """Sorts the most suspicious first: by score, then by fault, then by number."""
        rank = min(RANK[fault.kind] for fault in self.faults)
        return self.score is None, self.score or 0.0, rank, self.number

    def to_dict(self) -> dict[str, Any]:
        """The values for JSON."""
        values = {
            "number": self.number,
            "source": self.pair.source,
            "target": self.pair.target,
            "faults": [fault._asdict() for fault in self.faults],
            "rejected": self.is_rejected,
        }
        return values if self.score is None else values | {"per_piece": round(self.score, 4)}


@dataclass(frozen=True)
class Finding:
    """Something about the whole corpus: a stable name, a sentence for people, how serious it is,
    the number of pairs concerned, and the numbers of the first of them."""

    kind: str
    sentence: str
    severity: Severity
    count: int
    numbers: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The values for JSON."""
        return {**vars(self), "numbers": list(self.numbers)}


@dataclass(frozen=True)
class CorpusReport:
    """What a check found in `read` pairs.

    `counts` has the number of pairs with each fault, and `told` those of `TOLD`. `findings` and
    `suspicious` are sorted, the most serious first. `scripts` are, for each side, the numbers of
    texts by script; `lengths` those of both sides; `ratios` those of targets to sources, in
    characters.
    """

    read: int
    counts: Mapping[str, int]
    told: Mapping[str, int]
    findings: tuple[Finding, ...]
    suspicious: tuple[SuspiciousPair, ...]
    scripts: tuple[Mapping[str, int], Mapping[str, int]]
    lengths: tuple[Distribution, Distribution]
    ratios: Distribution

    @property
    def kept(self) -> int:
        """The number of pairs that training would keep."""
        return self.read - sum(self.counts[kind] for kind in CLEANED)

    @property
    def length_units(self) -> list[str]:
        """What the lengths of each side count."""
        most_frequent = (
            max(side, key=lambda script: side[script], default="") for side in self.scripts
        )
        return list(map(unit_of_length, most_frequent))

    @property
    def dropped(self) -> set[int]:
        """The numbers of the pairs that training leaves out."""
        return {each.number for each in self.suspicious if each.is_dropped}

    @property
    def rejected(self) -> list[SuspiciousPair]:
        """The pairs that `--fix` leaves out, in their order."""
        rejected = (each for each in self.suspicious if each.is_rejected)
        return sorted(rejected, key=lambda each: each.number)

    @property
    def warnings(self) -> list[Finding]:
        """The findings without mere notes."""
        return [finding for finding in self.findings if finding.severity != "note"]

    def to_dict(self, examples: int | None = None) -> dict[str, Any]:
        """The values for JSON, with the first `examples` suspicious pairs."""
        return {
            "pairs": self.read,
            "kept": self.kept,
            "rejected": len(self.rejected),
            "counts": {**self.counts, **self.told},
            "scripts": dict(zip(("source", "target"), map(dict, self.scripts), strict=True)),
            "lengths": {
                side: lengths.to_dict()
                for side, lengths in zip(("source", "target"), self.lengths, strict=True)
            },
            "ratios": self.ratios.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
            "suspicious": [each.to_dict() for each in self.suspicious[:examples]],
        }


def top_findings(report: CorpusReport, untold: Collection[str] = ()) -> list[str]:
    """The sentences of the most serious findings, for the first lines of a training, without the
    kinds in `untold`. What cleaning drops, and what is in dev too, is not among them, since
    training tells that itself."""
    untold = {*CLEANED, "leakage", *untold}
    told = [finding for finding in report.warnings if finding.kind not in untold]
    return [finding.sentence for finding in told[:TOP_FINDINGS]]


def ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The most serious first; of the same severity, those that are no faults of single pairs."""
    return tuple(
        sorted(
            findings, key=lambda each: (SEVERITIES.index(each.severity), RANK.get(each.kind, -1))
        )
    )


def fault_findings(
    suspicious: Sequence[SuspiciousPair], counts: Counter[str], pairs: int, unit: str
) -> list[Finding]:
    """A finding for each kind of fault that enough of the pairs have; `unit` is what the number of
    a pair counts."""
    findings = []
    for name, kind in KINDS.items():
        if not kind.told_from * pairs < counts[name] <= kind.told_to * pairs:
            continue
        found = [each for each in suspicious if any(fault.kind == name for fault in each.faults)]
        detail = next(fault.detail for fault in found[0].faults if fault.kind == name)
        shown = "" if detail == kind.sentence else f" ({detail})"
        sentence = (
            f"in {counts[name]:,} of {plural(pairs, 'pair')} {kind.sentence}, such as "
            f"{quoted(found[0], unit)}{shown}"
        )
        numbers = tuple(each.number for each in found[:EXAMPLES_KEPT])
        findings.append(Finding(name, sentence, kind.severity, counts[name], numbers))
    return findings


def quoted(found: SuspiciousPair, unit: str) -> str:
    """A pair in a sentence, with its number."""
    texts = " / ".join(repr(shortened(side)) for side in found.pair)
    return f"{texts} ({unit} {found.number:,})"
