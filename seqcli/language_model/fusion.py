"""A translator that searches together with the language model of a folder."""

from __future__ import annotations

from seqcli.decoding.fusion import TargetLanguageModel
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.language_model.folder import LanguageModelBundle
from seqcli.language_model.runtime import OnnxLanguageModel


def fuse(translator: Translator, bundle: LanguageModelBundle) -> Translator:
    """The translator, whose search a language model has a say in, by the weight in its settings.

    Raises `UserError` for a language model of other pieces.
    """
    processor = translator.processor
    if bundle.tokenizer.model != processor.tokenizer.model:
        raise UserError(
            f"{bundle.folder} has other pieces than the translator, so they cannot write together: "
            "train it with --tokenizer and the translator's folder"
        )
    columns = bundle.output_vocabulary.to_tokens(processor.output_vocabulary.pieces, missing=-1)
    columns[list(processor.all_symbol_tokens)] = -1  # plain text has no symbols
    model = OnnxLanguageModel.of(bundle)
    return translator.with_language_model(TargetLanguageModel(model, columns))
