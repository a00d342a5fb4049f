"""What changed since the release before, as pages tell it."""

import csv

import hospital
import pytest

from dashboards.changes import compared, headlines, write_csv
from dashboards.edition import Edition
from dashboards.network import network_of
from dashboards.pages.revisions import groups, summary
from dashboards.release import Released
from dashboards.words import Words


@pytest.fixture(scope="module")
def released():
    return hospital.build()


def edition(connection, audience="committee", recipient=None):
    network = network_of(hospital.configuration())
    told = Released(connection, audience, recipient)
    return Edition(connection, network, told, Words("en"), "assets/")


def test_changes_stand_by_reason_with_the_largest_first(released):
    committee = edition(released)
    found = compared(committee)
    assert list(found.counts) == ["correction", "check", "new data"]
    assert sum(found.counts.values()) == released.execute(
        "SELECT count(*) FROM revision WHERE audience = 'committee'"
    ).fetchall()[0][0]  # fmt: skip
    sizes = [change.size for change in headlines(committee)]
    assert sizes == sorted(sizes, reverse=True)
    told = {group.reason: group for group in groups(committee, found, 15)}
    assert told["correction"].files == ("reads/2026-02 corrected.csv",)
    network = next(line for line in told["new-data"].lines if line.who == "The network")
    assert network.period == "April 2026"
    assert network.before != network.after
    assert told["check"].lines
    assert all(line.before == "held by a check" for line in told["check"].lines)
    assert "published numbers have changed since the release of 3 Jun 2026" in summary(
        committee, found
    )


def test_a_vendor_reads_of_its_own_numbers_only(released):
    own = edition(released, "vendor", "northlight")
    found = compared(own)
    assert found.files == ()
    changes = headlines(own)
    assert changes
    assert {change.before.place["vendor"] for change in changes} == {"northlight"}


def test_the_table_for_spreadsheets_has_every_change(released, tmp_path):
    write_csv(edition(released), tmp_path / "revisions.csv")
    with (tmp_path / "revisions.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(compared(edition(released)).counts.values())
    assert {"reason", "measure_id", "period", "before_value", "after_value", "files"} <= set(
        lines[0]
    )


def test_nothing_published_before_is_said(released):
    released.execute("BEGIN")
    released.execute("UPDATE revision_of SET first = true")
    assert summary(edition(released), compared(edition(released))).startswith(
        "This is the first release"
    )
    released.execute("DELETE FROM revision")
    released.execute("UPDATE revision_of SET first = false")
    assert summary(edition(released), compared(edition(released))) == (
        "No published number has changed since the release of 3 Jun 2026"
    )
    released.execute("ROLLBACK")
