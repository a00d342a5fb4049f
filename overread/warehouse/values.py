"""SQL that turns the text of a source cell into the value of a fact column, or names what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from overread.feeds.mapping import Cell, Mapping
from overread.model.codes import CODE_LISTS
from overread.model.tables import Column, Kind

# A clock time with an offset behind it; a bare date such as 03-04-2026 has none.
OFFSET = r"^\d{4}-\d{2}-\d{2}.*\d{2}:\d{2}(:\d{2})?(\.\d+)?\s?(Z|[+-]\d{2}(:?\d{2})?)$"

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


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A column of the source file as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _switch(text: str, spellings: dict[str, str]) -> str:
    """CASE over spellings (lower case); NULL for any other text."""
    cases = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in spellings.items())
    return f"CASE lower({text}) {cases} END"


def raw_text(cell: Cell, missing: tuple[str, ...]) -> str:
    """The delivered text of a cell, NULL where it is missing."""

    def present(name: str) -> str:
        gone = ", ".join(literal(m) for m in missing)
        trimmed = f"trim({quoted(name)})"
        return f"CASE WHEN {trimmed} IN ({gone}) THEN NULL ELSE {trimmed} END"

    if cell.value is not None:
        return literal(cell.value)
    if cell.columns:
        # one missing part makes the whole identifier missing
        return (
            "(" + f" || {literal(cell.separator)} || ".join(present(c) for c in cell.columns) + ")"
        )
    return "coalesce(" + ", ".join([*(present(c) for c in cell.sources()), "NULL"]) + ")"


@dataclass(frozen=True, slots=True)
class Conversion:
    """SQL expressions of one column.

    Attributes:
        text: The delivered text after the mapping's own values.
        value: The converted value; NULL where the text is missing or wrong.
        flag: Rule applied to a time, NULL where none was.
    """

    text: str
    value: str
    flag: str = "NULL"


def _declared(text: str, formats: str) -> str:
    """Timestamp by the declared formats only; DuckDB would take the words epoch and infinity as well."""
    return f"CASE WHEN regexp_matches({text}, '[0-9]') THEN try_strptime({text}, {formats}) END"


def _time(text: str, column: Column, mapping: Mapping, zone: str) -> Conversion:
    formats = "[" + ", ".join(literal(f) for f in mapping.timestamp_formats()) + "]"
    colon = f"regexp_replace({text}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"
    instant = f"(try_cast({colon} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    naive = f"({_declared(text, formats)})"
    has_offset = f"regexp_matches({text}, {literal(OFFSET)})"
    utc = f"(timezone({zone}, {naive}) AT TIME ZONE 'UTC')"

    def local(moment: str) -> str:
        return f"timezone({zone}, timezone('UTC', {moment}))"

    # Of an hour that occurs twice the earlier instant is taken; a time that never was is read with the offset
    # in force before the gap. Both are flagged.
    earlier = " ".join(
        f"WHEN {local(f'{utc} - INTERVAL {shift} MINUTE')} = {naive} THEN {utc} - INTERVAL {shift} MINUTE"
        for shift in (30, 60)
    )
    value = f"CASE WHEN {has_offset} THEN {instant} {earlier} ELSE {utc} END"
    twice = " OR ".join(
        f"{local(f'{utc} {sign} INTERVAL {shift} MINUTE')} = {naive}"
        for shift in (30, 60)
        for sign in "-+"
    )
    flag = (
        f"CASE WHEN {has_offset} OR {naive} IS NULL THEN NULL "
        f"WHEN {local(utc)} <> {naive} THEN '{column.name}:nonexistent' "
        f"WHEN {twice} THEN '{column.name}:ambiguous' END"
    )
    # rounded to the second: 23:59:59.9999997 is midnight
    return Conversion(text, f"date_trunc('second', {value} + INTERVAL 500 MILLISECOND)", flag)


def conversion(column: Column, cell: Cell, mapping: Mapping, zone: str) -> Conversion:
    """SQL for one column of a target.

    Args:
        column: The fact column.
        cell: Where its text comes from.
        mapping: The file's mapping (missing values, formats).
        zone: SQL expression of the IANA zone of naive times.
    """
    text = raw_text(cell, mapping.missing)
    if cell.values:
        switched = _switch(text, {k.lower(): v for k, v in cell.values.items()})
        text = f"coalesce({switched}, {text})"
    match column.kind:
        case Kind.TIME:
            return _time(text, column, mapping, zone)
        case Kind.DATE:
            formats = "[" + ", ".join(literal(f) for f in mapping.dates) + "]"
            return Conversion(text, f"({_declared(text, formats)})::DATE")
        case Kind.INTEGER:
            whole = f"regexp_full_match({text}, '[+-]?[0-9]+')"
            return Conversion(text, f"CASE WHEN {whole} THEN try_cast({text} AS BIGINT) END")
        case Kind.NUMBER:
            plain = (
                f"regexp_full_match({text}, '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?')"
            )
            number = f"try_cast({text} AS DOUBLE)"
            return Conversion(text, f"CASE WHEN {plain} AND isfinite({number}) THEN {number} END")
        case Kind.FLAG:
            spellings = {"1": "true", "true": "true", "yes": "true", "y": "true"}
            spellings |= {"0": "false", "false": "false", "no": "false", "n": "false"}
            return Conversion(text, f"{_switch(text, spellings)}::BOOLEAN")
        case Kind.CODE:
            return Conversion(text, _switch(text, CODE_LISTS[column.codes or ""].spellings()))
        case Kind.SITE | Kind.VENDOR:
            known = f"(SELECT list(known.{column.kind.value}) FROM {column.kind.value} known)"
            return Conversion(text, f"CASE WHEN list_contains({known}, {text}) THEN {text} END")
        case Kind.TEXT | Kind.TOKEN:
            return Conversion(text, text)
