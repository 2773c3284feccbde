"""Which options of `seqcli translate` go together."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqcli.cli.options import check_choice
from seqcli.cli.translation_writer import FORMATS
from seqcli.config import SearchConfig
from seqcli.errors import UserError

if TYPE_CHECKING:
    from seqcli.bundle import Bundle
    from seqcli.cli.translate import TranslateOptions


def check_combination(options: TranslateOptions, config: SearchConfig) -> None:
    """Raise a `UserError` for options that do not go together."""
    check_choice("format", options.format, FORMATS)
    if options.heatmap and options.format != "text":
        raise UserError("--heatmap needs --format text: leave out --format")
    if options.min_confidence and options.format == "pharaoh":
        raise UserError("--min-confidence needs another --format than pharaoh")
    if options.glossary and not config.is_of_whole_sentences:
        raise UserError("--glossary is for whole sentences: leave out --sample and --wait")
    if options.stream:
        _check_stream(options, config)
    if options.text and options.input:
        raise UserError("there is a text and an --input file: name one of them")
    if options.shard is not None:
        from seqcli.cli.sharding import check_shard

        check_shard(options, options.shard)


def _check_stream(options: TranslateOptions, config: SearchConfig) -> None:
    from seqcli.decoding.interpreter import check_wait

    check_wait(config.wait)
    if options.text or options.input:
        raise UserError("--stream hears standard input: leave out the text and --input")
    others = {
        "--format": options.format != "text",
        "--heatmap": options.heatmap,
        "--nbest": config.nbest > 1,
        "--prefix": bool(options.prefix),
        "--min-confidence": options.min_confidence > 0,
    }
    if named := [name for name, is_given in others.items() if is_given]:
        raise UserError(f"--stream writes one text, word by word: leave out {' and '.join(named)}")


def is_typed(options: TranslateOptions, config: SearchConfig) -> bool:
    """Whether the words of a line are translated while they are typed: at a terminal, with a number
    of words to wait for, unless other options ask for whole lines."""
    if not config.wait.isdecimal() or options.text or options.input or options.output:
        return False
    from seqcli.cli.keyboard import can_read_keys

    is_plain = options.format == "text" and not (options.heatmap or options.prefix)
    is_plain &= config.nbest == 1 and not options.min_confidence
    return is_plain and sys.stdout.isatty() and can_read_keys()


def require_attention(bundle: Bundle, output: str) -> None:
    """Raise a `UserError` if a model has no attention weights, which an output is made from."""
    if bundle.settings.model.attention == "none":
        raise UserError(f"{bundle.folder} was trained without attention: there is no {output}")


def no_confidence(bundles: Sequence[Bundle]) -> str:
    """What to do about --min-confidence without a confidence."""
    if len(bundles) > 1:
        return (
            "models that translate together have no confidence: leave out --min-confidence, or "
            "name one --model"
        )
    return (
        f"{bundles[0].folder} has no confidence, as an older version of seqcli made it: train it "
        "again, or leave out --min-confidence"
    )


def is_conversation(options: TranslateOptions) -> bool:
    """Whether someone reads each translation as it appears: at the prompt, or of a TEXT with
    messages on a terminal."""
    if options.text:
        return sys.stderr is not None and sys.stderr.isatty()
    return options.input is None and sys.stdin is not None and sys.stdin.isatty()
