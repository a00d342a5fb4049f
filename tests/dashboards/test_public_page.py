"""The public page: the public rows in words, and nothing of a vendor, a site or an untold number."""

import csv
import re

import hospital
import pytest

from dashboards.edition import Edition
from dashboards.network import network_of
from dashboards.pages.public_changes import public_changes
from dashboards.release import Released
from dashboards.words import Words


@pytest.fixture
def released(network):
    return network


@pytest.fixture
def folder(network_site):
    return network_site / "public"


def test_every_number_is_a_public_row(folder, released):
    page = (folder / "index.html").read_text("utf-8")
    shown = {float(v) for v in re.findall(r'<data class="value" value="([^"]+)"', page)}
    told = released.execute(
        "SELECT value FROM measure_release WHERE audience = 'public' AND shown = 'value' AND value IS NOT NULL"
    ).fetchall()
    assert shown
    assert shown == {value for (value,) in told}


def test_untold_rows_are_hatched_and_say_one_thing(folder):
    page = (folder / "index.html").read_text("utf-8")
    words = set(re.findall(r'data-status="suppressed">([^<]+)<', page))
    assert words == {"Not shown yet: a check holds a month of the period"}
    assert "Q2 2025" in page


def test_a_small_number_and_its_neighbour_are_worded_alike():
    from dashboards.pages.public import _cell
    from dashboards.release import Cell, Topic
    from dashboards.words import Words
    from overread.release.public import WITHHELD

    cell = Cell(
        Topic("sla_attainment"), {}, "2025", 1, None, None, None, None, None, None, None, None, "ok", "", "suppressed",
        WITHHELD, None, None, None,
    )  # fmt: skip
    assert _cell(Words(), cell).untold == (
        "Not shown: one of its counts is below 11, or it protects another number"
    )


def test_nothing_names_a_vendor_a_site_or_a_privilege(folder):
    names = [*hospital.VENDORS.values(), "Boston General", "Taipei Clinic"]
    for file in folder.rglob("*"):
        if file.suffix in {".html", ".csv"}:
            text = file.read_text("utf-8")
            assert not [name for name in names if name in text], file.name
            assert "../" not in text, file.name


def test_the_table_for_spreadsheets_is_the_public_release(folder, released):
    with (folder / "public.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    untold = [line for line in lines if line["shown"] == "suppressed"]
    assert untold
    assert not any(line[name] for line in untold for name in ("n", "numerator", "value", "low"))
    counted = released.execute("SELECT count(*) FROM measure_release WHERE audience = 'public'")
    assert len(lines) == counted.fetchall()[0][0]


def changes(connection, language="en"):
    network = network_of(hospital.configuration())
    released = Released(connection, "public")
    return public_changes(Edition(connection, network, released, Words(language), "assets/"))


def test_each_changed_number_stands_before_and_now_with_its_reason(released):
    told = changes(released)
    assert told.finding == "9 published numbers have changed since the release of 3 Jun 2026"
    assert [number.where for number in told.numbers] == [
        "All", "Americas", "Europe, Middle East, Africa", "Asia-Pacific",
        "CT", "MRI", "Ultrasound", "X-ray", "Mammography",
    ]  # fmt: skip
    total = told.numbers[0]
    assert (total.what, total.period, total.reason) == (
        "SLA attainment", "Q4 2025", "By a correction",
    )  # fmt: skip
    assert total.before.endswith("41,655 of 43,729 reads due")
    assert total.now == "95.3% (95.1 to 95.5), 41,731 of 43,769 reads due"
    assert [reason for reason, _ in told.reasons] == ["By a correction"]


def test_a_part_that_had_no_case_before_says_so(released):
    released.execute("BEGIN")
    released.execute(
        """UPDATE revision SET before_n = 0, before_numerator = 0, before_denominator = 0, before_value = NULL,
        before_low = NULL, before_high = NULL, before_status = 'insufficient' WHERE audience = 'public'"""
    )
    assert {number.before for number in changes(released).numbers} == {"no cases"}
    released.execute("ROLLBACK")


def test_no_change_and_the_first_release_are_said_plainly(released):
    released.execute("BEGIN")
    released.execute("DELETE FROM revision")
    told = changes(released)
    assert told.finding == "No published number has changed since the release of 3 Jun 2026"
    assert (told.first, told.numbers, told.reasons) == (False, (), ())
    released.execute("UPDATE revision_of SET first = true, before_cutoff = NULL")
    told = changes(released)
    assert told.first
    assert told.finding == "This is the first release: nothing had been published before"
    assert changes(released, "zh_Hant").finding == "這是第一次發布：先前沒有發布過"
    released.execute("ROLLBACK")


def test_the_page_lists_changes_and_so_does_its_table(folder):
    page = (folder / "index.html").read_text("utf-8")
    assert page.count("9 published numbers have changed since the release of 3 Jun 2026") == 3
    with (folder / "changes.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 9
    assert {line["reason"] for line in lines} == {"correction"}
    assert [lines[0][name] for name in ("before_n", "after_n", "region")] == [
        "43729.0",
        "43769.0",
        "",
    ]


def test_a_table_that_a_check_holds_says_so_above(folder):
    page = (folder / "index.html").read_text("utf-8")
    assert (
        '<h2 id="discrepancy_rate">Discrepancy rate, 2025: not shown yet, a check holds a month of the period</h2>'
        in page
    )
    assert "<h1>Quality of reporting: what everybody may see</h1>" in page
