"""Every sentence that pages may say, and the languages that have them all.

`python -m dashboards.messages` writes sentences that the sources gained into each catalogue, empty, and takes away those
that nobody says any more. The catalogues are read as text at run time: nothing has to be compiled.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as BabelMessage
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from dashboards.library import LIBRARY
from dashboards.words import LANGUAGES, PART, catalogue_path
from overread.measures.catalogue import CATALOGUE
from overread.warehouse.values import REMEDY

Message = str | tuple[str, ...]

_KEYWORDS: Final = {
    "text": None, "_": None, "marked": None, "plural": (1, 2), "_n": (1, 2),
}  # fmt: skip
_OF_MEASURE: Final = (
    "question", "formula", "numerator", "denominator", "exclusions", "interval_method",
)  # fmt: skip


def complete(language: str) -> bool:
    """Whether a language has every sentence."""
    return language == "en" or catalogue_path(language).exists()


@cache
def sentences() -> frozenset[Message]:
    """Every sentence of the sources, the templates, the catalogue of measures and the library's tables.

    A measure's texts are translated part by part.
    """
    found: set[Message] = {PART, *LIBRARY, *REMEDY.values()}
    for measure in CATALOGUE.values():
        for field in _OF_MEASURE:
            found.update(getattr(measure, field).split(PART))
        # a source with a year or a page is cited as it is
        found.update(part for part in measure.source.split(PART) if not re.search(r"\d", part))
    extracted = extract_from_dir(
        Path(__file__).parent,
        [("templates/**.html", "jinja2"), ("**.py", "python")],
        keywords=_KEYWORDS,
        comment_tags=(),
    )
    found.update(message for _, _, message, _, _ in extracted)
    return frozenset(found - {""})


def _read(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def _texts(entry: BabelMessage | None) -> list[str]:
    """Translations of a message, one per plural form."""
    if entry is None or not entry.string:
        return [""]
    return [entry.string] if isinstance(entry.string, str) else [str(text) for text in entry.string]


def untranslated(language: str) -> list[Message]:
    """Sentences that a language lacks, in order."""
    catalogue = _read(language)
    lacking = [
        message
        for message in sentences()
        if not all(_texts(catalogue.get(message[0] if isinstance(message, tuple) else message)))
    ]
    return sorted(lacking, key=str)


def obsolete(language: str) -> list[str]:
    """Sentences of a catalogue that nobody says any more, the first form of each."""
    said = {message[0] if isinstance(message, tuple) else message for message in sentences()}
    entries = (entry.id if isinstance(entry.id, str) else entry.id[0] for entry in _read(language))
    return sorted(entry for entry in entries if entry and entry not in said)


def update(language: str) -> None:
    """Bring a catalogue in line with the sources: new sentences empty, old ones out, all in order."""
    before, after = _read(language), Catalog(locale=language, fuzzy=False)
    for message in sorted(sentences(), key=str):
        entry = before.get(message[0] if isinstance(message, tuple) else message)
        after.add(message, entry.string if entry is not None and entry.id == message else "")
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        write_po(target, after, width=0, omit_header=True)


if __name__ == "__main__":
    for name in LANGUAGES:
        if name != "en":
            update(name)
