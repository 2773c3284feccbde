"""`:fix` at the prompt of `seqcli translate`: the last translation is put right and remembered."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from seqcli.cli.prompt import can_edit, edited
from seqcli.cli.streams import info
from seqcli.errors import UserError, visible

if TYPE_CHECKING:
    from seqcli.cli.translation_writer import TranslationWriter
    from seqcli.settings import Settings

# The prompt offers to learn from the corrections whenever so many more have come together.
MANY = 20

_FIX = re.compile(r"\s*:fix(?:\s+(.*))?", re.DOTALL)


class Fixing:
    """Carries out `:fix`, and `:fix TEXT`, on the last translation that the writer has written.

    The corrections go to the folder, whose model has these settings, and to the memory of the
    translator, if it has one.
    """

    def __init__(self, writer: TranslationWriter, folder: Path, settings: Settings) -> None:
        self.writer = writer
        self.folder = folder
        self.locale = settings.locale
        learned = settings.about.get("corrections_learned", 0)
        self.learned = learned if isinstance(learned, int) else 0

    def __call__(self, line: str) -> bool:
        """Whether the line is such a command, which is then carried out."""
        if not (command := _FIX.fullmatch(line)):
            return False
        from seqcli.corrections.files import source_key
        from seqcli.data.normalization import normalize

        last = self.writer.last
        if last is None or not source_key(last.source):
            info("there is nothing to correct yet: type a sentence first")
            return True
        target = normalize(command[1] or "")
        if not target:
            if not can_edit():
                info("no text can be edited here: type :fix and the right translation")
                return True
            target = normalize(edited("fix> ", last.text))
            if target in ("", normalize(last.text)):
                info("nothing was changed")
                return True
        try:
            self._remember(last.source, target)
        except UserError as error:
            info(str(error))
        return True

    def _remember(self, source: str, target: str) -> None:
        from seqcli.cli.correct import report_change
        from seqcli.corrections.files import append_corrections
        from seqcli.data.pairs import make_pair

        pair, notes = make_pair(source, target), list[str]()
        change = append_corrections(self.folder, [pair], self.locale, notes)
        if (memory := self.writer.translator.memory) is not None:
            memory.add(pair)
        report_change(change, self.folder, notes)
        unlearned = change.total - self.learned
        if change.added and unlearned > 0 and unlearned % MANY == 0:
            folder = shlex.quote(visible(str(self.folder)))
            learning = f"seqcli train --base {folder} --model {folder} --overwrite"
            info(f"{unlearned} corrections: {learning} learns from them")
