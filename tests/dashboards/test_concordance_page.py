"""The concordance page, and what holds of every page: numbers equal the release, no raw code, states in words."""

import json
import re
from html import unescape

import hospital
import pytest

from dashboards.edition import Edition
from dashboards.network import network_of
from dashboards.pages.concordance import concordance
from dashboards.release import KEYS, PLACES, Released
from dashboards.words import Words

COLUMNS = ("period", *PLACES, *KEYS)


@pytest.fixture
def connection(network):
    return network


@pytest.fixture
def committee(network_site):
    return network_site / "committee"


def page_of(connection):
    network = network_of(hospital.configuration())
    return concordance(Edition(connection, network, Released(connection), Words("en"), "assets/"))


def test_every_number_of_every_page_equals_the_release(committee, connection):
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    stored = {
        (row[0], *row[1 : 1 + len(COLUMNS)]): row[1 + len(COLUMNS) :]
        for row in connection.execute(
            f"SELECT measure_id, {names}, value, numerator FROM measure_release "
            "WHERE audience = 'committee'"
        ).fetchall()
    }
    held = 0
    for path in committee.glob("*.html"):
        for tag in re.findall(r"<data [^>]*data-row=[^>]*>", path.read_text("utf-8")):
            attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            row = json.loads(unescape(attributes["data-row"]))
            key = (row["measure_id"], *(row.get(name) for name in COLUMNS))
            value, numerator = stored[key]
            expected = numerator if attributes.get("data-part") == "numerator" else value
            assert float(attributes["value"]) == expected, (path.name, row)
            held += 1
    assert held > 2_000


@pytest.mark.parametrize("name", ["index", "signals", "concordance", "vendor-northlight"])
def test_no_raw_code_is_shown(committee, name):
    html = (committee / f"{name}.html").read_text("utf-8")
    text = unescape(re.sub(r"<(style|script|code)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL))
    assert not re.findall(r"\b(?:[a-z0-9]+_)+[a-z0-9]+\b", text)


def test_routes_stand_apart_and_only_chosen_columns_are_shown(connection):
    by_route, by_vendor = page_of(connection).context["reach"]
    assert [row.label for row in by_route.rows] == ["random sample", "assigned reviews"]
    assert [head.measure_id for head in by_route.heads] == [
        "sampling_fraction",
        "review_coverage",
        "review_completion",
    ]
    assert len(by_vendor.rows) == 1 + len(hospital.VENDORS)


def test_rates_stand_beside_each_other_for_every_vendor(connection):
    table, significant = page_of(connection).context["rates"]
    assert [head.label for head in table.heads] == ["As counted", "Random sample"]
    assert [row.label for row in table.rows][:2] == ["The network", "Northlight Teleradiology"]
    assert significant.judged


def test_radpeer_grows_from_the_middle_and_score_1_is_a_number(connection):
    figure = page_of(connection).context["bars"]
    bars = [trace for trace in figure.spec["data"] if trace["type"] == "bar"]
    assert all(x <= 0 for bar in bars[:2] for x in bar["x"])
    assert all(x >= 0 for bar in bars[2:] for x in bar["x"])
    assert [bar["marker"]["pattern"]["shape"] for bar in bars] == ["", "/", "", "/"]
    whisker = figure.spec["data"][-1]
    rates = dict(
        connection.execute(
            "SELECT coalesce(vendor, ''), 100 * value FROM measure_release WHERE audience = 'committee' "
            "AND measure_id = 'significant_discrepancy_rate' AND route IS NULL AND period IS NULL "
            "AND coalesce(region, site, modality) IS NULL"
        ).fetchall()
    )
    order = ["", *hospital.VENDORS]
    rows = {f"row {at}": rates[vendor] for at, vendor in enumerate(order)}
    assert dict(zip(whisker["y"], whisker["x"], strict=True)) == pytest.approx(rows)
    assert all(up > 0 for up in whisker["error_x"]["array"])
    assert "score 1: " in figure.spec["layout"]["yaxis"]["ticktext"][0]


def test_late_reviews_are_shares_of_those_expected_and_what_is_to_come_is_said(
    connection, committee
):
    late = page_of(connection).context["late"]
    assert len(late.months) == 12
    assert late.months[0].shares[2:] == ("100%", "100%", "100%", "100%") or late.months[0].shares[
        5
    ].startswith(("100", ">99"))
    assert late.months[-1].shares[1:] == ("",) * 5
    html = (committee / "concordance.html").read_text("utf-8")
    # the last month stands before the fold, too
    assert html.count(">to come<") == 1 + 2 + 3 + 4 + 5 + 5
    # nothing of the held month is told
    (held,) = [month for month in late.months if month.held]
    row = html[html.index(f'<th scope="row">{held.month}</th>') :].split("</tr>")[0]
    assert row.count(">held<") == 8
    assert "100%" not in row


def test_an_older_warehouse_states_what_is_not_there():
    older = hospital.build(charts=False)
    page = page_of(older)
    assert page.context["late"] is None
    assert page.context["charts"] == []
    assert page.context["reviewers"] is None


def test_a_vendor_without_an_algorithm_says_so_rather_than_no_data_yet(committee):
    html = (committee / "index.html").read_text("utf-8")
    assert "Not applicable: this vendor reads without an algorithm of its own" in unescape(html)
