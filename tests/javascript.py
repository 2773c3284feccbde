"""The scripts of the page in V8, without a browser."""

from __future__ import annotations

import atexit
import base64
import json
from pathlib import Path
from typing import Any

from py_mini_racer import MiniRacer

from seqcli.web.folder_values import FolderValues, folder_values, open_for_page
from seqcli.web.remembered import page_corrections
from seqcli.web.script import joined_script
from seqcli.web.text_tables import text_tables

# Runs a generator to its end.
FINISH = """
function finish(generator) {
  let result = generator.next();
  while (!result.done) result = generator.next();
  return result.value;
}
"""

# The translation of a text, as the page joins it from those of its sentences, and their scores.
_TRANSLATE = """
function translateText(text, beam) {
  const found = [];
  let before = [];
  for (const progress of new TextTranslator([translator]).translate(text, beam)) {
    if ("part" in progress) found.push(progress.part.nbest[0]);
    if ("end" in progress) before = progress.end.before;
  }
  return {
    text: found.map((each, i) => before[i] + each.translation).join(""),
    scores: found.map((each) => each.score),
    translations: found,
  };
}
function alternativesOf(source, beam) {
  const texts = new TextTranslator([translator]);
  return finish(texts.alternatives({ folder: 0, source }, beam));
}
"""


class Scripts:
    """The functions of modules of `seqcli/web`, and of those that they import."""

    def __init__(self, *modules: str) -> None:
        self._engine = MiniRacer()
        # (One that is open when Python ends may wait for ever.)
        atexit.register(self._engine.close)
        self._engine.eval(joined_script(*modules))

    def call(self, function: str, *arguments: Any) -> Any:
        """The value of a function, given values of JSON. Lone surrogates may be in texts."""
        return self.evaluate(f"{function}({', '.join(map(json.dumps, arguments))})")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, which JSON can hold."""
        # (As escapes, so that lone surrogates arrive.)
        code = f"JSON.stringify({expression}).replace(/[^\\0-\\x7f]/g, " + (
            "c => '\\\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))"
        )
        found = self._engine.eval(code)
        return json.loads(str(found))

    def run(self, code: str) -> None:
        """Evaluate statements for later calls."""
        self._engine.eval(code + "\n;0")


class TextScripts(Scripts):
    """Scripts that have the tables of characters and patterns."""

    def __init__(self, *modules: str) -> None:
        super().__init__("text/unicode.js", *modules)
        self.run(f"loadText({json.dumps(text_tables())})")


class TranslatorScripts(Scripts):
    """Scripts that have what a page knows of a folder as the variable `translator`."""

    def __init__(self, folder: FolderValues, *modules: str) -> None:
        super().__init__("translation/loading.js", "model/weights.js", *modules)
        values, tables = json.dumps(folder.values), json.dumps(text_tables())
        content = base64.b64encode(folder.weights).decode("ascii")
        self.run(f"var translator = makeTranslator({values}, {tables}, decodeBase64('{content}'));")


class PageTranslator(TranslatorScripts):
    """The translator of a page, without the page."""

    def __init__(self, model: Path, precision: str) -> None:
        bundle = open_for_page(model)
        folder = folder_values(bundle, precision, page_corrections(bundle))
        super().__init__(folder, "translation/texts.js")
        self.run(FINISH + _TRANSLATE)

    def translate(self, text: str, beam: int) -> dict[str, Any]:
        """The text of a translation, the scores of its sentences, and their translations."""
        found: dict[str, Any] = self.call("translateText", text, beam)
        return found

    def alternatives(self, source: str, beam: int) -> list[dict[str, Any]]:
        """All translations of a sentence, or of a line that is remembered, best first."""
        found: list[dict[str, Any]] = self.call("alternativesOf", source, beam)
        return found
