"""Every sentence that pages may say, and the languages that have them all.

`python -m dashboards.messages` writes sentences that the sources gained into each catalogue, empty, and takes away those
that nobody says any more. The catalogues are read as text at run time: nothing has to be compiled.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as BabelMessage
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from dashboards.library import LIBRARY
from dashboards.words import LANGUAGES, PART, catalogue_path
from overread.measures.catalogue import CATALOGUE
from overread.warehouse.values import REMEDY

Message = str | tuple[str, ...]

_SINGLE: Final = ("text", "_", "marked")
_PLURAL: Final = ("plural", "_n")
_OF_MEASURE: Final = (
    "question", "formula", "numerator", "denominator", "exclusions", "interval_method",
)  # fmt: skip


def complete(language: str) -> bool:
    """Whether a language has every sentence."""
    return language == "en" or catalogue_path(language).exists()


def _literals(node: ast.expr) -> list[str]:
    """Texts that an argument may be: a literal, or either branch of a choice between two."""
    if isinstance(node, ast.IfExp):
        return [*_literals(node.body), *_literals(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _in_python(tree: ast.Module) -> Iterator[Message]:
    """Sentences of a module. Babel's own reader overlooks calls inside the arguments of others."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        if function in _SINGLE:
            yield from _literals(node.args[0])
        elif function in _PLURAL and len(node.args) > 1:
            yield from zip(_literals(node.args[0]), _literals(node.args[1]), strict=True)


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
    here = Path(__file__).parent
    for source in sorted(here.rglob("*.py")):
        found.update(_in_python(ast.parse(source.read_text("utf-8"))))
    for template in sorted(here.glob("templates/*.html")):
        with template.open("rb") as text:
            for _, function, said, _ in babel_extract(text, ("_", "_n"), (), {}):
                forms = said if isinstance(said, tuple) else (said,)
                told = tuple(form for form in forms if form is not None)
                found.add(told[:2] if function == "_n" else told[0])
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
