"""The SQL of an explanation, as a data engineer runs it in the warehouse."""

from __future__ import annotations

import re
from collections.abc import Iterable

from overread.explain.evidence import Evidence, Steps
from overread.warehouse.quoting import literal

_UNHELD = "month NOT IN (SELECT month FROM held_month)"


def _broken(sql: str, indent: int) -> str:
    """Each named column on a line of its own."""
    return re.sub(r"( AS \w+), (?=\w*\()", rf"\1,\n{' ' * indent}", sql)


def _written(steps: Iterable[tuple[str, str]], select: str) -> str:
    named = ",\n".join(f"{name} AS (\n    {_broken(sql, 8)}\n)" for name, sql in steps)
    return f"WITH {named}\n{_broken(select, 4)};"


def _stratum(evidence: Evidence, months: bool) -> Steps:
    """The rows of the stratum; over all months a held month stands for itself."""
    unheld = (_UNHELD,) if evidence.holds and months else ()
    conditions = "\n        AND ".join((*evidence.conditions, *unheld)) or "true"
    return (
        ("stratum", f"SELECT rowid AS row, *, 1 AS n FROM {evidence.fact.name}\n    WHERE {conditions}"),
    )  # fmt: skip


def value_query(evidence: Evidence, months: bool) -> str:
    """SQL of the parts of the number: one row.

    Args:
        evidence: What the number rests on.
        months: Whether it is over all months.
    """
    return _written((*_stratum(evidence, months), *evidence.steps), evidence.result)


def rows_query(evidence: Evidence, months: bool) -> str:
    """SQL of the contributing rows by their pseudonymous keys; arguments as of `value_query`."""
    keys = ", ".join(evidence.fact.keys)
    return _written(
        (*_stratum(evidence, months), *evidence.contributing),
        f"SELECT {keys}, contributing.* EXCLUDE (row) FROM stratum JOIN contributing USING (row) ORDER BY ALL",
    )


def left_out_query(evidence: Evidence, months: bool) -> str:
    """SQL of the rows of the stratum that do not contribute, by reason; the reason of the first row is NULL: entered."""
    cases = " ".join(
        f"WHEN {condition} THEN {literal(why)}" for why, condition in evidence.left_out
    )
    return _written(
        (*_stratum(evidence, months), *evidence.contributing),
        "SELECT NULL AS reason, count(*) AS rows FROM contributing\n"
        f"UNION ALL SELECT CASE {cases} ELSE 'other rows' END AS reason, count(*) AS rows\n"
        "FROM stratum ANTI JOIN contributing USING (row) GROUP BY ALL ORDER BY reason NULLS FIRST",
    )  # fmt: skip


def held_query(evidence: Evidence) -> str:
    """SQL of the stratum's rows in held months, with what holds them."""
    return _written(
        _stratum(evidence, months=False),
        "SELECT month, count(*) AS rows, (SELECT string_agg(check_name || ': ' || message, '; ' ORDER BY check_name) "
        "FROM held_month h WHERE h.month = stratum.month) AS reason\n"
        "FROM stratum WHERE month IN (SELECT month FROM held_month) GROUP BY month ORDER BY month",
    )


def files_query(evidence: Evidence, months: bool) -> str:
    """SQL of the delivered files that the contributing rows were made from, with their hashes and rows."""
    aliases = evidence.fact.delivered
    columns = ", ".join(
        f"{alias}.load_id AS {alias}_load, {alias}.row_number AS {alias}_row"
        for _, alias in aliases
    )
    source = "\n    UNION ".join(
        f"SELECT {literal(table)} AS table_name, {alias}_load AS load_id, {alias}_row AS row_number FROM joined"
        for table, alias in aliases
    )
    steps = (
        *_stratum(evidence, months),
        *evidence.contributing,
        ("joined", f"SELECT {columns}\n    FROM (SELECT stratum.* FROM stratum SEMI JOIN contributing USING (row)) f\n"
                   f"    {evidence.fact.joins}"),
        ("delivered", source),
    )  # fmt: skip
    return _written(
        steps,
        "SELECT path, sha256, map_from_entries(list((table_name, rows) ORDER BY table_name)) AS rows FROM (\n"
        "    SELECT load_id, table_name, count(*) AS rows FROM delivered GROUP BY ALL\n"
        ") JOIN ledger USING (load_id) GROUP BY ALL ORDER BY ALL",
    )
