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
    "ScoredPair",
    "TrainingResult",
    "Translation",
    "Translator",
    "UserError",
    "__version__",
    "load",
    "train",
]

# Type checkers take this name for true; importing it from `typing` would take most of the time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from seqcli.api import ScoredPair, TrainingResult, Translation, Translator, load, train
else:

    def __getattr__(name):
        """A public name, imported when it is first used (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from seqcli import api  # noqa: PLC0415

        globals()[name] = value = getattr(api, name)
        return value


def __dir__() -> list[str]:
    return __all__
