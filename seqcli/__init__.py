"""seqcli: from sentence pairs to a translator in one folder.

    translator = seqcli.load("seqcli-model")
    print(translator.translate("i love beijing").text)

`seqcli.load` opens a model folder and `seqcli.train` makes one; `seqcli.api` describes both.
The public names are imported when they are first used, so that `import seqcli` is quick.
"""

import os

from seqcli.errors import UserError

# ONNX Runtime reads this when it is imported: without it, each import contacts a Microsoft server
# and writes a device id and a database into the user's cache folder. (Calling
# `disable_telemetry_events` after the import is too late.) Here it comes before every import of
# seqcli's, and before one in a program that imports seqcli first.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"

__all__ = [
    "LanguageModel",
    "SampledText",
    "ScoredPair",
    "ScoredText",
    "TrainingResult",
    "Translation",
    "Translator",
    "UserError",
    "__version__",
    "load",
    "load_language_model",
    "train",
    "train_language_model",
]

_OF_LANGUAGE_MODELS = {
    "LanguageModel",
    "SampledText",
    "ScoredText",
    "load_language_model",
    "train_language_model",
}

# Type checkers take this name for true; importing it from `typing` would take most of the time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from seqcli.api import ScoredPair, TrainingResult, Translation, Translator, load, train
    from seqcli.api_language_model import (
        LanguageModel,
        SampledText,
        ScoredText,
        load_language_model,
        train_language_model,
    )
else:

    def __getattr__(name):
        """A public name, imported when it is first used (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415

        module = "api_language_model" if name in _OF_LANGUAGE_MODELS else "api"
        globals()[name] = value = getattr(import_module(f"seqcli.{module}"), name)
        return value


def __dir__() -> list[str]:
    return __all__
