"""What a translator did not know in its sources: words never seen in training, marks not read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seqcli.wording import plural, shortened

if TYPE_CHECKING:
    from seqcli.decoding.translation import Translation

NAMED = 10  # words in a message


@dataclass
class Unread:
    """Unknown words, those of them that word vectors have translated, and punctuation marks that
    were not read, with numbers of sentences."""

    words: Counter[str] = field(default_factory=Counter)
    word_sentences: int = 0
    guessed: Counter[str] = field(default_factory=Counter)
    marks: set[str] = field(default_factory=set)
    mark_sentences: int = 0

    def record(self, translation: Translation) -> None:
        """Add what is unknown in one sentence."""
        self.words.update(translation.unknown)
        self.word_sentences += bool(translation.unknown)
        told = {term.term.source for term in translation.terms}
        self.guessed.update(
            f"{copy.source} ({copy.text})"
            for copy in translation.copies
            if copy.is_translated and copy.source not in told
        )
        self.marks.update(translation.dropped)
        self.mark_sentences += bool(translation.dropped)

    def messages(self, sentences: int) -> list[str]:
        """What to tell about so many sentences."""
        messages = []
        if self.words:
            verb = "was" if len(self.words) == 1 else "were"
            where = "" if sentences == 1 else f", in {self.word_sentences:,} of {sentences:,} lines"
            messages.append(
                f"{plural(len(self.words), 'word')} {verb} not in the training pairs{where}: "
                f"{_names(self.words)}"
            )
        if self.guessed:
            verb = "was" if len(self.guessed) == 1 else "were"
            messages.append(
                f"{plural(len(self.guessed), 'word')} {verb} translated by word vectors, as a "
                f"guess: {_names(self.guessed)}"
            )
        if self.marks:
            where = "" if sentences == 1 else f", in {self.mark_sentences:,} of {sentences:,} lines"
            messages.append(
                f"punctuation that the training pairs do not have was not read{where}: "
                f"{shortened(' '.join(sorted(self.marks)))}"
            )
        return messages


def _names(words: Counter[str]) -> str:
    """The most frequent of the words."""
    names = ", ".join(shortened(word) for word, _ in words.most_common(NAMED))
    return names + (", …" if len(words) > NAMED else "")
