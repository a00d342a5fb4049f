"""Write the dictionaries of data, measures and statistics from the code: `python docs/generate.py`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import overread.stats
from overread.measures.catalogue import CATALOGUE
from overread.model.codes import CODE_LISTS
from overread.model.facts import TABLES
from overread.model.tables import HISTORY_COLUMNS

HERE = Path(__file__).resolve().parent


def data_dictionary() -> str:
    """Every fact table with its columns, and every code list."""
    lines = ["# Data dictionary", "", "Generated from `overread/model`; do not edit.", ""]
    for table in TABLES.values():
        lines += [
            f"## {table.name}",
            "",
            f"{table.description}. Business key: {', '.join(table.key)}.",
            "",
        ]
        lines += ["| column | type | required | meaning |", "|---|---|---|---|"]
        for column in table.columns:
            kind = f"{column.kind} ({column.codes})" if column.codes else str(column.kind)
            lines.append(
                f"| {column.name} | {kind} | {'yes' if column.required else ''} | {column.description} |"
            )
        lines.append("")
    lines += ["## Columns of every fact table", "", "| column | type | meaning |", "|---|---|---|"]
    lines += [f"| {name} | {kind} | {meaning} |" for name, kind, meaning in HISTORY_COLUMNS]
    lines += ["", "## Code lists", ""]
    for codes in CODE_LISTS.values():
        aliases = ", ".join(f"{alias} = {code}" for alias, code in codes.aliases.items())
        lines.append(f"- **{codes.name}** ({codes.title}): {', '.join(codes.codes)}")
        lines += [f"  - aliases: {aliases}"] if aliases else []
    return "\n".join(lines) + "\n"


def measure_dictionary() -> str:
    """Every measure with its definition and the columns that it needs."""
    lines = ["# Measures", "", "Generated from `overread/measures/catalogue`; do not edit.", ""]
    for measure in CATALOGUE.values():
        lines += [
            f"## {measure.name} (`{measure.id}`, {measure.name_zh_hant})",
            "",
            f"{measure.question} Definition version {measure.version}.",
            "",
            f"- numerator: {measure.numerator}",
            f"- denominator: {measure.denominator}",
            f"- formula: {measure.formula}",
            f"- left out: {measure.exclusions}",
            f"- unit: {measure.unit}; better: {measure.direction}; judged from n = {measure.minimum_n}",
            f"- interval: {measure.interval_method}",
            f"- needs: {', '.join(measure.input_columns)}",
            f"- source: {measure.source}",
            "",
        ]
    lines += [
        "## What each input column is for",
        "",
        "Without a column the measures beside it are not made.",
        "",
    ]
    lines += ["| column | measures |", "|---|---|"]
    needed: dict[str, list[str]] = {}
    for measure in CATALOGUE.values():
        for column in measure.input_columns:
            needed.setdefault(column, []).append(f"`{measure.id}`")
    lines += [f"| {column} | {', '.join(needed[column])} |" for column in sorted(needed)]
    return "\n".join(lines) + "\n"


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(overread.stats.__path__, "overread.stats."):
        yield importlib.import_module(found.name)


def _sourced(module: ModuleType) -> list[tuple[str, str, str]]:
    """Name, first line and source of each function of a module that names its source."""
    told = []
    for name, function in inspect.getmembers(module, inspect.isfunction):
        text = inspect.getdoc(function) or ""
        if function.__module__ != module.__name__ or name.startswith("_") or "Source:" not in text:
            continue
        source = text.split("Source:")[1].split("\n\n")[0]
        told.append((name, text.split("\n\n")[0], " ".join(source.split())))
    return told


def statistics_dictionary() -> str:
    """Every statistic with what it gives and the paper or standard that it follows."""
    lines = ["# Statistics", "", "Generated from `overread/stats`; do not edit.", ""]
    lines += [
        "Pure functions on sufficient statistics, vectorised over strata. Shapes, units, formulas and the rules by",
        "which a result is withheld stand in each docstring; how well the intervals cover: [coverage.md](coverage.md).",
        "",
    ]
    for module in _modules():
        if not (functions := _sourced(module)):
            continue
        title = (inspect.getdoc(module) or "").split("\n\n")[0]
        lines += [f"## `{module.__name__}`", "", title, "", "| function | gives | source |"]
        lines.append("|---|---|---|")
        for name, gives, source in functions:
            lines.append(f"| `{name}` | {' '.join(gives.split())} | {source} |".replace("\n", " "))
        lines.append("")
    return "\n".join(lines)


DOCUMENTS = {
    "data-dictionary.md": data_dictionary,
    "measures.md": measure_dictionary,
    "statistics.md": statistics_dictionary,
}

if __name__ == "__main__":
    for name, write in DOCUMENTS.items():
        (HERE / name).write_text(write(), encoding="utf-8")
