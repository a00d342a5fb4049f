"""The list of changed public numbers: only what both releases told, and one reason for a whole period."""

from datetime import datetime

import network as networks
import numpy as np
import pytest

from overread.release import compare, remember
from overread.release.public import release_to_public

MAY, JUNE, JULY = 3, 4, 5  # releases of the first of the month: the first quarter is settled


def network(apac=500, **later):
    """Counts of January, all there in time; `later` has what releases add for each vendor, region and modality."""
    added = np.zeros((networks.MONTHS, networks.MONTHS, 4, 3, 3, 2), dtype=np.int64)
    for region, cases in enumerate((2000, apac, 900)):
        added[0, 0, :, region, :2] = np.array((cases // 10, cases)) // 8
    for release, (events, rest) in later.items():
        added[{"june": JUNE, "july": JULY}[release], 0, :, :, :2] = events, rest
    return networks.Network(added)


@pytest.fixture
def publish():
    connection = networks.warehouse()

    def published(described, *releases):
        for release in releases:
            networks.load(connection, described, release)
            networks.deliver(connection, described, release)
            connection.register("told", release_to_public(connection).to_arrow())
            # the committee's numbers always move
            connection.execute(
                f"""CREATE OR REPLACE TABLE measure_release AS
                SELECT 'public' AS audience, NULL::VARCHAR AS recipient, * FROM told UNION ALL BY NAME
                SELECT 'committee', NULL, * REPLACE ({release} AS n), 'value' AS shown, '' AS note
                FROM measure LIMIT 20"""
            )
            told = compare(connection)
            remember(connection)
        return told

    return connection, published


def listed(connection, columns="region, before_n, after_n, reason", where="modality IS NULL"):
    return connection.execute(
        f"SELECT {columns} FROM revision WHERE audience = 'public' AND {where} ORDER BY ALL NULLS FIRST"
    ).fetchall()


def test_a_revised_quarter_is_listed_with_both_numbers(publish):
    connection, published = publish
    published(network(june=(2, 2)), MAY, JUNE)
    assert listed(connection) == [
        (None, 3728, 3824, "new data"),
        ("americas", 2200, 2232, "new data"),
        ("apac", 544, 576, "new data"),
        ("emea", 984, 1016, "new data"),
    ]
    parts = listed(connection, "modality, before_n, after_n", "modality IS NOT NULL")
    assert parts == [("ct", 1864, 1912), ("mri", 1864, 1912)]


def test_what_moves_too_little_is_no_change(publish):
    connection, published = publish
    assert not published(network(june=(1, 1)), MAY, JUNE).first
    assert listed(connection, where="true") == []


def test_a_withheld_number_is_in_no_list(publish):
    """Asia-Pacific has too few cases, and the smallest other region protects it; both grow."""
    connection, published = publish
    published(network(apac=40, june=(9, 9)), MAY, JUNE)
    assert {region for region, *_ in listed(connection)} == {None, "americas"}


def test_a_number_told_for_the_first_time_is_no_change(publish):
    connection, published = publish
    published(network(), MAY - 1, MAY)
    assert listed(connection, where="true") == []
    assert connection.execute(
        "SELECT count(n) FROM measure_release WHERE audience = 'public'"
    ).fetchall() != [(0,)]


def test_a_period_told_no_more_is_in_no_list(publish):
    connection, published = publish
    published(network(), MAY)
    published(network(), MAY - 1)
    assert listed(connection, where="true") == []


def test_a_correction_of_one_part_is_the_reason_of_the_whole_period(publish):
    """The corrected row lies in one region: which one is not told."""
    connection, published = publish
    published(network(june=(-2, 2)), MAY, JUNE)
    assert {reason for *_, reason in listed(connection, where="true")} == {"correction"}


def test_the_reason_reaches_back_to_the_version_that_stood_before(publish):
    """June's correction was too small to be told; with July's new data it is."""
    connection, published = publish
    published(network(june=(-1, 3), july=(3, 3)), MAY, JUNE)
    assert listed(connection) == []
    published(network(june=(-1, 3), july=(3, 3)), JULY)
    assert {reason for *_, reason in listed(connection)} == {"correction"}


def test_a_history_without_loads_looks_back_to_the_last_release(publish):
    """As an older version left it: the reason is of the loads since the release before."""
    connection, published = publish
    described = network(june=(-1, 3), july=(3, 3))
    published(described, MAY, JUNE)
    connection.execute("ALTER TABLE public_release DROP COLUMN load_id")
    published(described, JULY)
    assert {reason for *_, reason in listed(connection)} == {"new data"}
    assert connection.execute(
        "SELECT DISTINCT load_id FROM public_release WHERE data_cutoff = ?", [datetime(2025, 7, 1)]
    ).fetchall() == [(JULY + 1,)]


def test_another_version_of_the_measure_is_the_reason(publish):
    connection, published = publish
    described = network(june=(2, 2))
    published(described, MAY)
    anew = described.measure
    described.measure = lambda release: anew(release).with_columns(definition_version=2)
    published(described, JUNE)
    assert {reason for *_, reason in listed(connection)} == {"definition"}
