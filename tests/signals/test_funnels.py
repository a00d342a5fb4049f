"""Funnels from counts: what is drawn is what is said, over the months that are settled."""

from datetime import datetime

import numpy as np
import pytest

from overread import measures
from overread.counts.declared import DIMENSIONS
from overread.model.codes import UNKNOWN
from overread.signals import compute
from overread.stats.comparison.funnel import funnel, funnel_limits

MONTHS = [f"2025-{m:02d}" for m in range(1, 13)] + ["2026-01", "2026-02"]


@pytest.fixture
def network(empty):
    """Units (vendor, site, discrepant and all random reviews a month) -> an open warehouse with its signals."""

    def opened(units, held=(), cutoff=datetime(2026, 6, 1)):
        connection = empty()
        for month in held:
            connection.execute("INSERT INTO held_month VALUES (?, 'clocks', 'they stood')", [month])
        rows = [
            (month, vendor, site, score, n)
            for vendor, site, x, cases in units
            for month in MONTHS
            for score, n in (("2b", x), ("1", cases - x))
        ]
        places = ", ".join(
            f"'{UNKNOWN}' AS {name}" for name in DIMENSIONS[1:] if name not in {"vendor", "site"}
        )
        connection.execute(
            "CREATE TABLE given (month VARCHAR, vendor VARCHAR, site VARCHAR, score VARCHAR, n BIGINT)"
        )
        connection.executemany("INSERT INTO given VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute(
            f"INSERT INTO count_review BY NAME SELECT *, 'random' AS route, {places} FROM given WHERE n > 0"
        )
        measures.compute(connection, cutoff)
        compute(connection)
        return connection

    return opened


def told(connection, unit, columns):
    return connection.execute(
        f"SELECT {columns} FROM funnel WHERE measure_id = 'discrepancy_rate' AND unit = ? ORDER BY vendor, site",
        [unit],
    ).fetchall()


def test_the_limits_are_the_statistics_over_twelve_months(network):
    """Twenty-one units at three sites each: the verdicts and the line come from one model."""
    sizes = np.arange(21) + 10
    units = [(f"v{i // 3}", f"s{i % 3}", 1 + i % 3, int(sizes[i])) for i in range(21)]
    connection = network(units)
    x, n = np.array([u[2] for u in units]) * 12.0, sizes * 12.0
    drawn = funnel(x, n)
    given = told(
        connection, "vendor_site", "numerator, n, low95, high95, low998, high998, model, units"
    )
    assert [row[:2] for row in given] == list(zip(x, n, strict=True))
    for level, columns in ((0, (2, 3)), (1, (4, 5))):
        for limits, column in zip((drawn.low, drawn.high), columns, strict=True):
            assert [row[column] for row in given] == pytest.approx(limits[level])
    assert {row[6:] for row in given} == {("multiplicative", 21)}
    line = connection.execute(
        "SELECT n, low998, high998 FROM funnel_line WHERE measure_id = 'discrepancy_rate' AND unit = 'vendor_site' "
        "ORDER BY n"
    ).fetchnumpy()
    low, high = funnel_limits(drawn.model, line["n"])
    assert line["low998"] == pytest.approx(low[1])
    assert line["high998"] == pytest.approx(high[1])
    assert line["n"][-1] == n.max()


def test_few_units_have_exact_limits_and_a_warning(network):
    connection = network([("a", "s", 1, 20), ("b", "s", 1, 20), ("c", "s", 1, 20)])
    assert (
        told(connection, "vendor", "model, reason, units")
        == [("exact", "fewer than 20 units: exact limits, over-dispersion unknown", 3)] * 3
    )


def test_held_and_open_months_are_in_no_funnel(network):
    """Fourteen months, one held; the cut-off lies three days after the last."""
    units = [(vendor, "s", 1, 20) for vendor in "abc"]
    connection = network(units, held=["2025-06"], cutoff=datetime(2026, 3, 4))
    assert told(connection, "vendor", "first, last, n")[0] == ("2025-01", "2026-01", 240.0)


def test_two_vendors_are_no_funnel(network):
    assert told(network([("a", "s", 1, 20), ("b", "s", 1, 20)]), "vendor", "n") == []


def test_a_row_without_a_vendor_is_no_unit(network):
    units = [(vendor, "s", 1, 20) for vendor in ("a", "b", "c", UNKNOWN)]
    assert len(told(network(units), "vendor", "vendor")) == 3


def test_only_beyond_the_outer_limits_there_is_a_signal(network):
    """Of rates of 5 %, one of 8 % lies beyond 95 %, one of 15 % beyond 99.8 %."""
    usual = [(f"v{i}", "s", 2, 40) for i in range(6)]
    connection = network([*usual, ("some", "s", 4, 48), ("many", "s", 6, 40), ("none", "s", 0, 40)])
    assert dict(told(connection, "vendor", "vendor, outside")) == {
        **{f"v{i}": 0 for i in range(6)}, "some": 95, "many": 998, "none": 998,
    }  # fmt: skip
    signals = connection.execute(
        "SELECT vendor, direction, value, level_since, centre, level_events, level_n FROM signal "
        "WHERE rule = 'funnel_outside' AND measure_id = 'discrepancy_rate' AND site IS NULL ORDER BY vendor"
    ).fetchall()
    centre = (6 * 2 + 4 + 6) / (8 * 40 + 48)
    assert signals == [
        ("many", "worse", 0.15, 0.15, pytest.approx(centre), 72, 480),
        ("none", "better", 0.0, 0.0, pytest.approx(centre), 0, 480),
    ]
