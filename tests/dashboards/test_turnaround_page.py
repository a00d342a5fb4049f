"""The turnaround page: marks by interval, curves that stop, hours in site time, counts of open work, older warehouses."""

import re
from html import unescape

import hospital
import pytest

from dashboards.edition import Edition
from dashboards.figures.report import report_curve
from dashboards.network import network_of
from dashboards.pages.hours import compact
from dashboards.pages.overdue import overdue_places
from dashboards.pages.turnaround import turnaround
from dashboards.release import Released
from dashboards.verdict import Verdict
from dashboards.words import Words


def edition_of(connection, language="en"):
    network = network_of(hospital.configuration())
    return Edition(connection, network, Released(connection), Words(language), "assets/")


@pytest.fixture(scope="module")
def context(network):
    return turnaround(edition_of(network)).context


def test_a_cell_of_the_contract_is_marked_by_its_whole_interval(context):
    (table,) = context["sla"]
    assert [head.label for head in table.heads] == [
        "All regions",
        "Americas",
        "Europe, Middle East, Africa",
        "Asia-Pacific",
    ]
    judged = [r for row in table.rows for r in row.readings if r.cell and r.cell.target]
    assert {r.standing.verdict for r in judged} >= {Verdict.MEETS, Verdict.MISSES}
    for reading in judged:
        if reading.standing.verdict is Verdict.MEETS:
            assert reading.cell.low >= reading.cell.target
        if reading.standing.verdict is Verdict.MISSES:
            assert reading.cell.high < reading.cell.target


def test_the_title_counts_the_vendors_that_miss(context):
    (table,) = context["sla"]
    missing = sum(row.readings[0].standing.verdict is Verdict.MISSES for row in table.rows)
    assert missing > 0
    assert context["title"].startswith(f"{missing} of ")


def test_a_curve_stops_where_fewer_than_ten_are_followed(context, network):
    curve = context["curve"]
    shown = [dict(zip(curve.heads, point, strict=True)) for point in curve.points]
    assert min(point["Still followed"][1] for point in shown) >= 10
    (fewest,) = network.execute(
        "SELECT min(at_risk) FROM report_curve WHERE vendor IS NULL"
    ).fetchone()
    assert fewest < 10, "the table goes on, the page does not"
    line = next(t for t in curve.figure.spec["data"] if t.get("customdata"))
    assert line["y"] == sorted(line["y"])
    assert line["line"]["shape"] == "hv"
    assert curve.figure.spec["layout"]["xaxis"]["type"] == "log"


def test_those_followed_add_up_at_each_time(context):
    counts = {
        name: [int(n.replace(",", "")) for n in numbers]
        for name, numbers in context["curve"].followed.rows
    }
    total = {sum(column) for column in zip(*counts.values(), strict=True)}
    assert len(total) == 1


def test_the_term_is_a_cross_only_where_it_holds_for_all_work(network):
    connection = network.cursor()
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE contract_term_current (vendor VARCHAR, interval VARCHAR, target_minutes INT, "
        "target_share DOUBLE, region VARCHAR, site VARCHAR, modality VARCHAR, patient_class VARCHAR, "
        "priority VARCHAR, service VARCHAR, valid_from DATE, valid_to DATE)"
    )
    term = "INSERT INTO contract_term_current VALUES ('northlight', 'completed_to_final', ?, 0.9, NULL, NULL, NULL, ?, "
    connection.execute(term + "NULL, NULL, '2025-01-01', NULL)", [60, "emergency"])
    connection.execute(term + "NULL, NULL, '2025-01-01', NULL)", [1200, None])
    connection.execute(term + "NULL, NULL, '2024-01-01', '2025-01-01')", [2400, None])
    curve = report_curve(
        edition_of(connection), {"vendor": "northlight"}, "Northlight", "report", contract=True
    )
    (cross,) = (
        t
        for t in curve.figure.spec["data"]
        if t.get("marker", {}).get("symbol") == "cross-thin-open"
    )
    assert (cross["x"], cross["y"]) == ([1200.0], [0.9])
    assert curve.figure.spec["layout"]["annotations"][0]["text"] == "contract: 90% in 20 h"


def test_hours_of_the_week_hold_value_and_n_and_say_few_and_none(context):
    days = dict(context["week"].days)
    assert list(days) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert {len(hours) for hours in days.values()} == {24}
    few, none = days["Sun"][4], days["Sun"][3]
    assert (few.text, few.n, few.state) == ("", "12", "few")
    assert (none.text, none.n, none.state) == ("", "", "none")
    told = [hour for hours in days.values() for hour in hours if hour.text]
    assert {hour.shade for hour in told} == {1, 2, 3, 4, 5}
    slow = max(told, key=lambda hour: hour.reading.cell.value)
    assert slow.shade == 5


@pytest.mark.parametrize(
    ("minutes", "clock", "text"),
    [
        (62.4, "h", "1:02"),
        (0.4, "h", "0:00"),
        (1499.6, "h", "25:00"),
        (90.2, "min", "90"),
        (4320, "d", "3.0"),
    ],
)
def test_a_narrow_cell_holds_few_characters(minutes, clock, text):
    assert compact(minutes, clock) == text


def test_open_work_is_counts_and_overdue_ones_are_marked(context, network):
    overdue = dict(
        network.execute(
            "SELECT vendor, numerator FROM measure_release WHERE audience = 'committee' AND measure_id = 'tasks_overdue' "
            "AND vendor IS NOT NULL AND region IS NULL"
        ).fetchall()
    )
    rows = {row.label: row for row in context["open"].rows}
    assert len(rows) == len(overdue) > 3
    for vendor, name in hospital.VENDORS.items():
        if name in rows:
            (due,) = rows[name].overdue
            assert due.number == overdue[vendor]
            if vendor == "kestrel":
                assert (due.counted, due.share) == ("no open task under a term", "")
            else:
                assert due.counted.startswith(f"{overdue[vendor]:.0f} of ")
                assert re.fullmatch(r"[\d.]+% \([\d.]+ to [\d.]+\)", due.share)
    assert context["open"].title.startswith("1,120 tasks are open at the cut-off: 7 past the time")
    longest = max(sum(a.width for a in row.ages) for row in rows.values())
    assert longest == pytest.approx(100, abs=3)


def test_places_tell_where_open_tasks_are_overdue(context):
    assert [
        (place.label, place.dimension, [due.counted for due in place.overdue], place.soon)
        for place in context["overdue"].rows
    ] == [
        ("Europe, Middle East, Africa", "Region", ["0 of 1,057 open tasks under a term"], ()),
        ("Asia-Pacific", "Region", ["7 of 63 open tasks under a term"], ()),
    ]
    # on a phone the table is folded; this stands beside the fold
    assert [flag.text for flag in context["overdue"].flags] == ["Overdue: Asia-Pacific"]


def test_a_vendors_few_open_tasks_in_a_region_are_too_few_to_judge(network):
    places = overdue_places(edition_of(network), {"vendor": "meridian"}, ("region", "modality"))
    many, few = places.rows
    assert [due.few for due in (*many.overdue, *few.overdue)] == [False, True]
    assert few.overdue[0].counted == "2 of 9 open tasks under a term"


def test_a_vendor_and_its_scorecard_say_what_is_overdue(network_site):
    for path in ("committee/vendor-meridian.html", "vendors/meridian/index.html"):
        text = unescape((network_site / path).read_text("utf-8"))
        part = text[text.index('id="open"') :]
        assert "2 of 100 open tasks under a term" in part, path
        assert "past the time of their contract" in part, path
        assert "Northlight" not in part[: part.index("</table>")], path
    # an algorithm's vendor has open tasks, but none under a term
    kestrel = unescape((network_site / "committee/vendor-kestrel.html").read_text("utf-8"))
    assert "no open task under a term" in kestrel


def test_credits_of_two_currencies_are_never_added(context):
    table = context["breaches"]
    currencies = [head.note for head in table.heads if head.measure_id == "sla_credits"]
    assert currencies == ["EUR", "USD"]
    row = next(row for row in table.rows if row.label == "Northlight Teleradiology")
    assert [r.value for r in row.readings][-2:] == ["40.00", "812.50"]
    meridian = next(row for row in table.rows if row.label == "Meridian Imaging")
    assert meridian.readings[-1].note == "none agreed"


def test_finished_tasks_stand_beside_all_tasks(context):
    heads = [(head.label, head.note) for head in context["beside"].heads]
    assert ("Median", "finished tasks only") in heads
    assert ("Median", "all tasks") in heads
    assert ("Reported within 24 hours", "all tasks") in heads


def test_an_older_warehouse_says_what_it_does_not_hold(tmp_path):
    from dashboards.publish import publish

    publish(hospital.build(charts=False), hospital.configuration(), tmp_path)
    text = unescape((tmp_path / "site" / "committee" / "turnaround.html").read_text("utf-8"))
    for what in (
        "curve of the time to report",
        "turnaround by hour of the week",
        "open tasks by age",
    ):
        assert f"these data hold no {what}" in text, what
    ai = unescape((tmp_path / "site" / "committee" / "ai.html").read_text("utf-8"))
    for what in ("calibration of the scores", "changes of version", "rates by population"):
        assert f"these data hold no {what}" in ai, what


@pytest.mark.parametrize("name", ["turnaround", "ai"])
def test_no_raw_code_and_no_blank_cell_is_shown(network_site, name):
    html = (network_site / "committee" / f"{name}.html").read_text("utf-8")
    text = unescape(re.sub(r"<(style|script|code)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL))
    assert not re.findall(r"\b(?:[a-z0-9]+_)+[a-z0-9]+\b", text)
    assert not re.search(r"\b(?:mon|sun)-\d\d\b|age_band|nan%|\bnan\b", text, re.IGNORECASE)
    assert not re.search(r"<td[^>]*>\s*</td>", html)


def test_a_reader_study_has_no_turnaround_page(network):
    connection = network.cursor()
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE measure_release AS FROM measure_release WHERE measure_id IN ('auc', 'sensitivity')"
    )
    assert turnaround(edition_of(connection)) is None
