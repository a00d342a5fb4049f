"""The signals page: every signal with its evidence and its line, filters without scripts, icons, older warehouses."""

import json
import re
import shlex
from html import unescape

import hospital
import pytest
from charts_of_hospital import SLIPPED_SINCE

from dashboards.command import explain_line
from dashboards.edition import Edition
from dashboards.filters import Choice, Filter, style
from dashboards.network import network_of
from dashboards.pages.signals import signals
from dashboards.release import Cell, Released, Topic
from dashboards.words import Words
from overread.explain.stratum import ASKED


def edition_of(connection):
    network = network_of(hospital.configuration())
    return Edition(connection, network, Released(connection), Words("en"), "../assets/")


@pytest.fixture(scope="module")
def connection(network):
    return network


@pytest.fixture(scope="module")
def page(connection):
    return signals(edition_of(connection))


@pytest.fixture(scope="module")
def html(network_site):
    return (network_site / "committee" / "signals.html").read_text("utf-8")


def test_every_signal_stands_on_the_page_once(page, connection):
    shown = [row for e in page.context["entries"] for row in (e, *e.narrower)]
    (expected,) = connection.execute(
        "SELECT count(*) FROM signal s JOIN measure_release m ON m.measure_id = s.measure_id "
        "AND m.audience = 'committee' AND m.shown = 'value' AND m.period IS NOT DISTINCT FROM s.period AND "
        + " AND ".join(
            f"m.{name} IS NOT DISTINCT FROM s.{name}"
            for name in (*hospital.DIMENSIONS[1:], *hospital.EXTRA)
        )
    ).fetchone()
    # and the one of a vendor at a site, which stands in no row
    assert len(shown) == expected + 1 > 400


def test_the_worse_come_before_the_better(page):
    marks = [entry.mark for entry in page.context["entries"]]
    assert {"worse", "better"} == set(marks)
    assert marks == sorted(marks, key=lambda mark: mark != "worse")


def test_a_change_is_said_with_its_month_and_only_where_it_is_signalled(page):
    changed = [entry for entry in page.context["entries"] if entry.changed]
    assert [entry.sentence.split(":")[0] for entry in changed] == ["Northlight Teleradiology"]
    assert "has fallen since January 2026" in changed[0].sentence
    others = [entry for entry in page.context["entries"] if not entry.changed]
    assert not any(re.search("has (risen|fallen)", entry.sentence) for entry in others)


def test_every_sentence_ends_with_the_months_it_speaks_of(connection, page):
    edition = edition_of(connection)
    still = [entry for entry in page.context["entries"] if not entry.changed]
    monthly = [entry for entry in still if '"period": "' in entry.reading.row]
    assert {entry.sentence.rsplit(", ", 1)[1] for entry in still} >= {edition.span}
    for entry in monthly:
        month = json.loads(entry.reading.row)["period"]
        assert entry.sentence.endswith(f", {Words('en').month(month, short=True)}")


def test_a_command_asks_for_the_row_and_for_nothing_else(page):
    for entry in page.context["entries"]:
        for row in (entry, *entry.narrower):
            words = shlex.split(row.command)
            assert words[:2] == ["overread", "explain"]
            options = dict(zip(words[3::2], words[4::2], strict=True))
            assert options.pop("--out") == "out"
            named = {name[2:].replace("-", "_"): value for name, value in options.items()}
            assert set(named) <= set(ASKED)
            if not row.reading.row:
                assert named == {"vendor": "harbour", "route": "random"}
                continue
            cell = json.loads(row.reading.row)
            cell["month"] = cell.pop("period", None)
            assert {"measure_id": words[2], **named} == {k: v for k, v in cell.items() if v}


def test_a_unit_beyond_the_funnel_is_not_said_to_miss_a_target(page):
    (outside,) = [e for e in page.context["entries"] if "chance allows" in e.sentence]
    assert outside.sentence == (
        "Harbour After-Hours, Taipei Clinic: discrepancy rate (random sample) lies above what chance allows around "
        "the network's 7.0%: 19% (12 to 28), 19 of 100 reviews, Jul 2025 to Jun 2026"
    )
    assert "case mix" in outside.asked


def test_a_command_quotes_what_a_shell_would_read():
    cell = Cell(
        Topic("sla_attainment"), {"vendor": "a b; rm -rf $HOME"}, "2026-01", 1, 1, 1, 1, 1, 1, 1, None, None, "ok",
        None, "value", None, None, None, None,
    )  # fmt: skip
    assert shlex.split(explain_line(cell))[-4:] == [
        "--vendor",
        "a b; rm -rf $HOME",
        "--month",
        "2026-01",
    ]


def test_filters_hide_by_token_and_no_delivered_name_stands_in_the_style(page, html):
    told = style([Filter("vendor", "Vendor", (Choice("3", hospital.HOSTILE, 2),))])
    assert (
        '.filters:has(#vendor-3:checked) ~ .findings [data-vendor]:not([data-vendor~="3"])' in told
    )
    rules = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    assert len(rules.splitlines()) == sum(len(f.choices) for f in page.context["filters"]) > 8
    assert re.fullmatch(r"[\w\s#:\[\]()\"~={};.\-]+", rules)
    for group in page.context["filters"]:
        assert sum(choice.number for choice in group.choices) == sum(
            1 + len(entry.narrower) for entry in page.context["entries"]
        )


def test_both_icons_stand_with_their_words(html):
    assert "has fallen since Jan 2026: worse" in html
    assert "hits or misses the target by chance" in html
    assert "reliably misses the target" in html
    assert "no real change" in html
    # fewer than 12 months earn no icon, but words
    assert re.search(r"\d+ months: too few for limits", html)


def test_a_chart_shows_mean_limits_segments_target_gap_and_what_is_provisional(page):
    (chart,) = [f for f in page.context["charts"] if f.anchor == "changed-1"]
    lower, upper, centre, goal, run, points = chart.spec["data"]
    held = chart.spec["data"][4]["x"].index(hospital.HELD)
    assert run["y"][held] is None
    assert points["marker"]["symbol"][-1] == "diamond-open"
    assert points["marker"]["symbol"].count("diamond") == 5
    assert points["marker"]["color"][-1] == "@worse"
    assert None in centre["x"], "a new segment starts a new line"
    assert {line["line"]["shape"] for line in (lower, upper, centre, goal)} == {"hvh"}
    assert "limits computed anew" in {note["text"] for note in chart.spec["layout"]["annotations"]}
    assert SLIPPED_SINCE in points["x"]
    assert "Provisional, may still change: Jun 2026" in chart.foot


def test_a_funnel_names_what_lies_outside_and_judges_nothing_within(page):
    (figure,) = [
        f for f in page.context["funnels"] if f.measure_id == "significant_discrepancy_rate"
    ]
    points = figure.spec["data"][-1]
    judged = [c for c in points["marker"]["color"] if c in ("@worse", "@better")]
    named = [n["text"] for n in figure.spec["layout"]["annotations"] if n["showarrow"]]
    assert 0 < len(judged) == len(named) < len(points["x"])
    assert "Harbour After-Hours" in named


def test_an_older_warehouse_says_what_it_lacks():
    page = signals(edition_of(hospital.build(charts=False)))
    assert page.context["entries"]
    assert not page.context["charts"]
    assert not page.context["multiples"]
    assert not page.context["funnels"]
    assert not page.context["judges_change"]


def test_text_on_the_page_is_never_a_raw_code(html):
    text = unescape(re.sub(r"<(style|script|code)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL))
    assert not re.findall(r"\b(?:[a-z0-9]+_)+[a-z0-9]+\b", text)


def test_beside_the_fold_of_the_series_stands_what_misses_in_which_month(page):
    series = next(m for m in page.context["multiples"] if m.measure_id == "sla_attainment")
    told = [flag.text for flag in series.flags]
    assert told[0] == "Has become worse: Northlight Teleradiology"
    assert told[1] == "Misses target: Harbour After-Hours, June 2026"
