"""SQL that turns the text of a source cell into the value of a fact column, or tells that it is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from overread.feeds.mapping import Cell, Mapping
from overread.model.codes import CODE_LISTS
from overread.model.tables import Column, Kind
from overread.warehouse.pseudonyms import SCOPED, token_sql
from overread.warehouse.quoting import cell as source_cell
from overread.warehouse.quoting import literal

# A clock time with an offset behind it; a bare date such as 03-04-2026 has none.
OFFSET = r"^\d{4}-\d{2}-\d{2}.*\d{2}:\d{2}(:\d{2})?(\.\d+)?\s?(Z|[+-]\d{2}(:?\d{2})?)$"
# ISO 8601 without an offset.
LOCAL = r"\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"

REMEDY = {
    "missing": "fill the field or map another column",
    "bad_time": "deliver the declared timestamp format, or declare this one in the mapping",
    "bad_number": "deliver a plain number",
    "bad_type": "deliver true or false",
    "unknown_code": "deliver a code of the list, or add an alias to the mapping's values",
    "unknown_site": "add the site to the configuration",
    "unknown_vendor": "add the vendor to the configuration",
    "out_of_range": "correct the value",
    "ragged_row": "deliver as many fields as the header names",
    "bad_quote": "quote the whole field and double the quotes inside it",
    "nul_byte": "remove the NUL byte",
    "mixed_line_end": "end every line alike",
    "bad_json": "deliver one JSON object a line",
    "no_target": "no part of the mapping takes this row: widen a `when`",
}
REASON = {
    Kind.TIME: "bad_time",
    Kind.DATE: "bad_time",
    Kind.INTEGER: "bad_number",
    Kind.NUMBER: "bad_number",
    Kind.FLAG: "bad_type",
    Kind.CODE: "unknown_code",
    Kind.SITE: "unknown_site",
    Kind.VENDOR: "unknown_vendor",
}
_FLAGS = {"1": "true", "true": "true", "yes": "true", "y": "true"} | {
    "0": "false", "false": "false", "no": "false", "n": "false",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """SQL of one column in layers; each may name what the layers before it made, so that nothing is computed twice.

    Attributes:
        text: The delivered text after the mapping's own values, called `<column>_text` by the other layers.
        local: A naive time, called `<column>_local`.
        values: What the target keeps, by name: the value, of a time its UTC moment where the text has an offset,
            of a person's identifier its text, which becomes a token once per person.
        wrong: Condition that a filled text is no value of the column's kind; "" where every text is.
    """

    text: str
    values: dict[str, str]
    local: str = ""
    wrong: str = ""


def is_person(column: Column) -> bool:
    """Whether a token names one of few (a reader), not of many (an exam): then it is made once per person."""
    return column.kind is Kind.TOKEN and column.token not in SCOPED


def _raw(cell: Cell) -> str:
    """The delivered text of a cell, NULL where it is missing."""
    if cell.value is not None:
        return literal(cell.value)
    if cell.columns:
        # one missing part makes the whole identifier missing
        return "(" + f" || {literal(cell.separator)} || ".join(map(source_cell, cell.columns)) + ")"
    sources = [source_cell(name) for name in cell.sources()]
    return sources[0] if len(sources) == 1 else f"coalesce({', '.join(sources)})"


def _switch(text: str, spellings: dict[str, str], otherwise: str = "NULL") -> str:
    """CASE over spellings (lower case)."""
    cases = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in spellings.items())
    return f"CASE lower({text}) {cases} ELSE {otherwise} END"


def text_of(cell: Cell) -> str:
    """SQL of a cell's text after the mapping's own values."""
    text = _raw(cell)
    if not cell.values:
        return text
    return _switch(text, {k.lower(): v for k, v in cell.values.items()}, text)


def _code(text: str, cell: Cell, codes: str) -> str:
    """A code from the delivered text: the mapping's own values first, then every spelling of the list."""
    spellings = CODE_LISTS[codes].spellings()
    own = {k.lower(): spellings.get(v.lower()) for k, v in cell.values.items()}
    known = {k: v for k, v in own.items() if v is not None}
    return _switch(text, known | {k: v for k, v in spellings.items() if k not in own})


def _times(column: Column, text: str, mapping: Mapping) -> Conversion:
    """A time: by the declared formats a local one, with an offset behind it a moment.

    A format that fails costs ten times one that fits, so ISO 8601 is told by its shape and then cast. DuckDB's cast
    alone would take the words epoch and infinity, and 24:00, as well.
    """
    given, naive = f"{column.name}_text", f"{column.name}_local"
    has_offset = f"regexp_matches({given}, {literal(OFFSET)})"
    iso, others = "iso" in mapping.timestamps, [f for f in mapping.timestamps if f != "iso"]
    cases = ""
    if iso:
        shape = f"regexp_full_match({given}, {literal(LOCAL)})"
        cases = f"WHEN {shape} THEN {_to_the_second(f'try_cast({given} AS TIMESTAMP)')} "
    if others:
        # a format that ends in a letter such as Z must not make a local time of a moment
        safe = all(re.search(r"%[A-Za-z]$", form) for form in others)
        digits = f"regexp_matches({given}, '[0-9]')" + ("" if safe else f" AND NOT {has_offset}")
        declared = f"try_strptime({given}, [{', '.join(map(literal, others))}])"
        if any("%f" in form for form in others):
            declared = _to_the_second(declared)
        cases += f"WHEN {digits} THEN {declared} "
    colon = f"regexp_replace({given}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"
    moment = _to_the_second(f"make_timestamp(epoch_us(try_cast({colon} AS TIMESTAMPTZ)))")
    absent = f"{given} IS NOT NULL AND {naive} IS NULL"
    return Conversion(
        text,
        {
            naive: naive,
            f"{column.name}_utc": f"CASE WHEN {absent} AND {has_offset} THEN {moment} END",
        },
        f"CASE {cases}END",
        f"{absent} AND {column.name}_utc IS NULL",
    )


def _to_the_second(moment: str) -> str:
    """Rounded: 23:59:59.9999997 is midnight."""
    return f"date_trunc('second', {moment} + INTERVAL 500 MILLISECOND)"


def conversion(
    column: Column, cell: Cell, mapping: Mapping, vendors: Collection[str]
) -> Conversion:
    """SQL for one column of a target.

    Args:
        column: The fact column.
        cell: Where its text comes from.
        mapping: The file's mapping (formats).
        vendors: The configured vendors; sites are told by the join that finds their zone (`site_known`).
    """
    name, text = column.name, text_of(cell)
    given = f"{name}_text"

    def one(value: str, wrong: str = f"{given} IS NOT NULL AND {name} IS NULL") -> Conversion:
        return Conversion(text, {name: value}, wrong=wrong)

    match column.kind:
        case Kind.TIME:
            return _times(column, text, mapping)
        case Kind.DATE:
            listed = "[" + ", ".join(map(literal, mapping.dates)) + "]"
            digits = f"regexp_matches({given}, '[0-9]')"
            return one(f"CASE WHEN {digits} THEN try_strptime({given}, {listed}) END::DATE")
        case Kind.INTEGER:
            whole = f"regexp_full_match({given}, '[+-]?[0-9]+')"
            return one(f"CASE WHEN {whole} THEN try_cast({given} AS BIGINT) END")
        case Kind.NUMBER:
            plain = (
                f"regexp_full_match({given}, '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?')"
            )
            number = f"try_cast({given} AS DOUBLE)"
            return one(f"CASE WHEN {plain} AND isfinite({number}) THEN {number} END")
        case Kind.FLAG:
            return one(f"{_switch(given, _FLAGS)}::BOOLEAN")
        case Kind.CODE:
            return one(_code(_raw(cell), cell, column.codes or ""))
        case Kind.SITE:
            return one("site_known")
        case Kind.VENDOR:
            known = ", ".join(map(literal, vendors)) or "NULL"
            return one(f"CASE WHEN {given} IN ({known}) THEN {given} END")
        case Kind.TOKEN if not is_person(column):
            return one(token_sql(column.token or "", "issuer_of_row", given), wrong="")
        case Kind.TEXT | Kind.TOKEN:
            return one(given, wrong="")


def faults(column: Column, converted: Conversion) -> list[tuple[str, str]]:
    """What can be wrong with a row in one column: reasons with their conditions."""
    given = f"{column.name}_text"
    found = [("missing", f"{given} IS NULL")] if column.required else []
    if converted.wrong:
        found.append((REASON[column.kind], converted.wrong))
    if column.minimum is not None:
        found.append(("out_of_range", f"{column.name} < {column.minimum}"))
    if column.maximum is not None:
        found.append(("out_of_range", f"{column.name} > {column.maximum}"))
    return found
