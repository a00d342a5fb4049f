"""The public page: the public rows in words, and nothing of a vendor, a site or an untold number."""

import csv
import re

import hospital
import pytest


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
        "Not shown: fewer than 11 cases, or protects another number"
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
