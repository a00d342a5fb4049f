"""SLA credits by hand: thresholds by term and month, currencies apart."""

import pytest

from overread import measures
from overread.counts.build import build
from overread.counts.declared import CREDITS
from overread.measures.credits import NOTHING_DUE
from overread.warehouse.analysis import build as build_facts
from overread.warehouse.schema import open_warehouse

# vendor, month, term, currency, credit per late read, limit of attainment, (met, late, not due)
TERMS = [
    ("v1", "2026-01", "A", "USD", 10.25, None, (90, 10, 3)),
    ("v1", "2026-02", "A", "USD", 10.25, None, (80, 2, 0)),
    ("v1", "2026-01", "B", "USD", 8.2, 0.9, (90, 10, 0)),  # exactly at the limit: nothing is owed
    ("v1", "2026-02", "B", "USD", 8.2, 0.9, (89, 11, 0)),
    ("v1", "2026-02", "C", "EUR", 5.0, 0.5, (0, 4, 0)),
    ("v2", "2026-01", "A", "USD", 1.0, None, (5, 5, 0)),
    ("v3", "2026-01", "A", "AUD", 1.0, 0.9, (0, 0, 6)),
]


@pytest.fixture(scope="module")
def connection():
    opened = open_warehouse()
    build_facts(opened, None)
    build(opened)
    columns = ", ".join((*CREDITS.dimensions, *CREDITS.keys, "n"))
    for vendor, month, term, currency, credit, below, counts in TERMS:
        for outcome, n in zip(("met", "breach", "not_due"), counts, strict=True):
            if n:
                opened.execute(
                    f"INSERT INTO count_credit ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [month, vendor, term, credit, currency, below, outcome, n],
                )
    return opened


def told(connection, held=()):
    connection.execute("DELETE FROM held_month")
    for month in held:
        connection.execute("INSERT INTO held_month VALUES (?, 'clocks', 'they stood')", [month])
    measures.compute(connection, None)
    rows = connection.execute(
        "SELECT vendor, period, category, value, numerator, denominator, low, method, status, reason FROM measure "
        "WHERE measure_id = 'sla_credits'"
    ).fetchall()
    assert {(row[6], row[7]) for row in rows} == {(None, "count")}
    return {row[:3]: (row[3:6] if row[8] == "ok" else row[8:]) for row in rows}


def test_credits_follow_the_terms_of_each_month(connection):
    rows = told(connection)
    assert rows["v1", "2026-01", "USD"] == (pytest.approx(102.5), 10, 200)
    assert rows["v1", "2026-02", "USD"] == (pytest.approx(2 * 10.25 + 11 * 8.2), 13, 182)
    assert rows["v1", None, "USD"] == (pytest.approx(12 * 10.25 + 11 * 8.2), 23, 382)
    assert rows["v2", None, "USD"] == (5.0, 5, 10)


def test_currencies_are_never_added(connection):
    rows = told(connection)
    assert rows["v1", None, "EUR"] == (20.0, 4, 4)
    assert rows[None, None, "USD"] == (pytest.approx(5 + 12 * 10.25 + 11 * 8.2), 28, 392)
    assert rows[None, None, "EUR"] == rows["v1", None, "EUR"]
    assert {category for _, _, category in rows} == {"USD", "EUR", "AUD"}


def test_where_nothing_was_due_there_is_a_reason(connection):
    assert told(connection)["v3", None, "AUD"] == ("insufficient", NOTHING_DUE)


def test_a_held_month_owes_nothing_yet(connection):
    rows = told(connection, ["2026-02"])
    assert rows["v1", None, "USD"] == (pytest.approx(102.5), 10, 200)
    assert rows["v1", "2026-02", "USD"] == ("blocked", "clocks: they stood")
