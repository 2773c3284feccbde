"""A translator that uses the glossaries of a user."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqcli.corrections.glossaries import file_terms, folder_terms
from seqcli.data.glossary import Glossary, Term
from seqcli.decoding.terms import about_unwritable, unwritable
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.folder import GLOSSARY


def with_glossaries(
    translator: Translator,
    folders: Sequence[Path],
    path: Path | None,
    locale: str,
    notes: list[str],
) -> Translator:
    """The translator with the glossaries of model folders, those of earlier ones first, and before
    them that of a file, if one is named.

    What is wrong with a glossary of a folder, and terms that cannot be written, are told in
    `notes`. Raises `UserError` where the file cannot be read, or none of its terms can be used.
    """
    terms: list[Term] = []
    for folder in reversed(folders):
        try:
            own = folder_terms(folder)
            terms += _writable(translator, own, locale, str(folder / GLOSSARY), notes)
        except UserError as error:
            notes.append(f"the glossary of {folder} is not used: {error}")
    if path is not None:
        terms += _writable(translator, file_terms(path), locale, str(path), notes)
    return translator.with_glossary(Glossary(terms, locale)) if terms else translator


def _writable(
    translator: Translator, terms: Sequence[Term], locale: str, name: str, notes: list[str]
) -> list[Term]:
    """The terms that the translator can write."""
    if not terms:
        return []
    translator.with_glossary(Glossary(terms, locale))  # (which a model may not take)
    processor = translator.processor
    refused = unwritable(terms, processor.tokenizer, processor.output_vocabulary)
    if len(refused) == len(terms):
        raise UserError(f"{name}: {about_unwritable(refused)}")
    if refused:
        notes.append(f"{name}: left out {about_unwritable(refused)}")
    left_out = set(refused)
    return [term for term in terms if term not in left_out]
