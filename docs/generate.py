"""Write the data dictionary and the measure dictionary from the declarations: `python docs/generate.py`."""

from __future__ import annotations

from pathlib import Path

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
    lines = ["# Measures", "", "Generated from `overread/measures/catalogue.py`; do not edit.", ""]
    for measure in CATALOGUE.values():
        lines += [
            f"## {measure.name} (`{measure.id}`, {measure.name_zh_hant})",
            "",
            f"{measure.question} Definition version {measure.version}.",
            "",
            f"- numerator: {measure.numerator}",
            f"- denominator: {measure.denominator}",
            f"- left out: {measure.exclusions}",
            f"- unit: {measure.unit}; better: {measure.direction}; judged from n = {measure.minimum_n}",
            f"- interval: {measure.interval_method}",
            f"- needs: {', '.join(measure.input_columns)}",
            f"- source: {measure.source}",
            "",
        ]
    return "\n".join(lines)


DOCUMENTS = {"data-dictionary.md": data_dictionary, "measures.md": measure_dictionary}

if __name__ == "__main__":
    for name, write in DOCUMENTS.items():
        (HERE / name).write_text(write(), encoding="utf-8")
