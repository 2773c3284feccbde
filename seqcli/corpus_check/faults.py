"""Faults that a pair may have, with how serious each is."""

from __future__ import annotations

from typing import Literal, NamedTuple

# A share of the pairs; fewer strange ones are not worth a finding.
MIN_SHARE = 0.02
# A translator needs more pairs than this.
FEW_PAIRS = 500

Severity = Literal["error", "warning", "note"]


class Kind(NamedTuple):
    """A kind of fault.

    `label` is its row in a table. `sentence` completes "in 3 of 100 pairs …"; it is a finding if
    more than the share `told_from` of the pairs have the fault, and at most `told_to`: where most
    have it, it may be what is to be learned. Pairs with an `error` are not written by `--fix`.
    """

    label: str
    severity: Severity
    sentence: str
    told_from: float = MIN_SHARE
    told_to: float = 1.0


# By their names in JSON, the most serious first.
KINDS = {
    "swapped": Kind("sides swapped", "error", "the sides are swapped"),
    "leakage": Kind("source is in dev or test", "error", "the source is in dev or test too", 1.0),
    "script": Kind("side in another script", "error", "a side is not in its usual script"),
    "copy": Kind(
        "untranslated copy", "error", "the target is the source, untranslated", told_to=0.5
    ),
    "language": Kind(
        "reads like the other side", "warning", "a side reads like the language of the other side"
    ),
    "encoding": Kind(
        "wrongly decoded", "error", "characters were lost or wrongly decoded (� or Ã¼)", 0.001
    ),
    "control": Kind("control characters", "error", "there are control characters", 0.001),
    "placeholders": Kind("placeholders differ", "error", "the sides have different placeholders"),
    "tags": Kind("tags differ", "error", "the sides have different tags"),
    "numbers": Kind("numbers differ", "warning", "the sides have different numbers", 0.05, 0.5),
    "links": Kind("links or code differ", "warning", "the sides have different links or code"),
    "markup": Kind("leftover markup", "warning", "there is leftover markup, such as &amp; or <br>"),
    "chinese": Kind(
        "less usual Chinese script",
        "warning",
        "Chinese is in the less usual of its two scripts (traditional and simplified), so that a "
        "model learns each word twice",
    ),
    "lengths": Kind("unusual lengths", "warning", "one side is unusually long for the other"),
    "improbable": Kind("improbable to the model", "warning", "the model finds it improbable", 1.0),
    "empty": Kind("empty side", "error", "a side is empty", 0.05),
    "long": Kind("too long", "error", "a side is too long (--max-characters)", 0.05),
    "ratio": Kind("lengths too different", "error", "one side is far longer (--max-ratio)"),
    "duplicate": Kind("exact duplicate", "error", "the pair is an exact duplicate", 0.2),
}
# The faults for which training drops a pair anyway, and says so.
CLEANED = ("empty", "long", "ratio", "duplicate")
RANK = {kind: rank for rank, kind in enumerate(KINDS)}


class Fault(NamedTuple):
    """What is wrong with a pair: a key of `KINDS`, and what shows it."""

    kind: str
    detail: str

    @property
    def is_error(self) -> bool:
        """Whether `--fix` leaves out a pair with the fault."""
        return KINDS[self.kind].severity == "error"
