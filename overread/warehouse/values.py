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
    """SQL of one column, in layers: each may name what the layers before it made, so that nothing is computed twice.

    Attributes:
        text: The delivered text after the mapping's own values; the other parts call it `<column>_text`.
        local: `<column>_local`, the naive time of a time column.
        utc: `<column>_utc`, the same moment in UTC before any rule.
        value: The converted value; NULL where the text is missing or wrong.
        flag: Rule applied to a time, NULL where none was.
    """

    text: str
    value: str
    local: str = ""
    utc: str = ""
    flag: str = "NULL"


def _declared(text: str, formats: str) -> str:
    """Timestamp by the declared formats only; DuckDB would take the words epoch and infinity as well."""
    return f"CASE WHEN regexp_matches({text}, '[0-9]') THEN try_strptime({text}, {formats}) END"


def _time(text: str, name: str, mapping: Mapping, zone: str) -> Conversion:
    formats = "[" + ", ".join(literal(f) for f in mapping.timestamp_formats()) + "]"
    given, naive, utc = f"{name}_text", f"{name}_local", f"{name}_utc"
    colon = f"regexp_replace({given}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"
    instant = f"(try_cast({colon} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    has_offset = f"regexp_matches({given}, {literal(OFFSET)})"

    def again(shift: str) -> str:
        return f"timezone({zone}, timezone('UTC', {utc} {shift}))"

    # Of an hour that occurs twice the earlier instant is taken; a time that never was is read with the offset
    # in force before the gap. Both are flagged. Clocks move by an hour, on Lord Howe Island by half of it.
    shifts = (30, 60)
    earlier = " ".join(
        f"WHEN {again(f'- INTERVAL {shift} MINUTE')} = {naive} THEN {utc} - INTERVAL {shift} MINUTE"
        for shift in shifts
    )
    twice = " OR ".join(
        f"{again(f'{sign} INTERVAL {shift} MINUTE')} = {naive}" for shift in shifts for sign in "-+"
    )
    return Conversion(
        text,
        local=f"CASE WHEN {has_offset} THEN NULL ELSE {_declared(given, formats)} END",
        utc=f"CASE WHEN {has_offset} THEN {instant} ELSE timezone({zone}, {naive}) AT TIME ZONE 'UTC' END",
        # rounded to the second: 23:59:59.9999997 is midnight
        value=f"date_trunc('second', CASE WHEN {naive} IS NULL THEN {utc} {earlier} ELSE {utc} END "
        "+ INTERVAL 500 MILLISECOND)",
        flag=f"CASE WHEN {naive} IS NULL THEN NULL WHEN {again('')} <> {naive} THEN '{name}:nonexistent' "
        f"WHEN {twice} THEN '{name}:ambiguous' END",
    )


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
    given = f"{column.name}_text"
    match column.kind:
        case Kind.TIME:
            return _time(text, column.name, mapping, zone)
        case Kind.DATE:
            formats = "[" + ", ".join(literal(f) for f in mapping.dates) + "]"
            return Conversion(text, f"({_declared(given, formats)})::DATE")
        case Kind.INTEGER:
            whole = f"regexp_full_match({given}, '[+-]?[0-9]+')"
            return Conversion(text, f"CASE WHEN {whole} THEN try_cast({given} AS BIGINT) END")
        case Kind.NUMBER:
            plain = (
                f"regexp_full_match({given}, '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?')"
            )
            number = f"try_cast({given} AS DOUBLE)"
            return Conversion(text, f"CASE WHEN {plain} AND isfinite({number}) THEN {number} END")
        case Kind.FLAG:
            spellings = {"1": "true", "true": "true", "yes": "true", "y": "true"}
            spellings |= {"0": "false", "false": "false", "no": "false", "n": "false"}
            return Conversion(text, f"{_switch(given, spellings)}::BOOLEAN")
        case Kind.CODE:
            return Conversion(text, _switch(given, CODE_LISTS[column.codes or ""].spellings()))
        case Kind.SITE | Kind.VENDOR:
            known = f"(SELECT list(known.{column.kind.value}) FROM {column.kind.value} known)"
            return Conversion(text, f"CASE WHEN list_contains({known}, {given}) THEN {given} END")
        case Kind.TEXT | Kind.TOKEN:
            return Conversion(text, given)
