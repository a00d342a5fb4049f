"""What a first page shows of many signals: every vendor's worst before any vendor's second."""

from dataclasses import replace

import hospital
import pytest

from dashboards.alerts import FUNNEL, by_turns, grouped
from dashboards.edition import Edition
from dashboards.network import network_of
from dashboards.pages.overview import WORST, overview
from dashboards.pages.region import alerts_of, region_page
from dashboards.parts import told
from dashboards.release import Released
from dashboards.words import Words


@pytest.fixture(scope="module")
def edition(network):
    configured = network_of(hospital.configuration())
    return Edition(network, configured, Released(network), Words("en"), "assets/")


def vendors(alerts):
    return [alert.cell.place.get("vendor") for alert in alerts]


def test_the_worst_of_each_vendor_comes_before_the_second_of_any(edition):
    heads = [alert for alert in grouped(edition.alerts) if alert.worse]
    ordered = by_turns(heads)
    assert sorted(alert.severity for alert in ordered) == [alert.severity for alert in heads]
    everyone = set(vendors(heads))
    assert 1 < len(everyone) < len(heads)
    first = ordered[: len(everyone)]
    assert set(vendors(first)) == everyone
    assert [a.severity for a in first] == sorted(a.severity for a in first)
    for vendor in everyone:
        own = [alert.severity for alert in ordered if alert.cell.place.get("vendor") == vendor]
        assert own == sorted(own)


def test_one_vendors_bad_month_hides_no_other(edition):
    (one, other, *_) = grouped(edition.alerts)
    loud = replace(one.cell, place={"vendor": "loud"})
    still = replace(other.cell, place={"vendor": "still"})
    many = [replace(one, cell=loud, severity=float(at)) for at in range(9)]
    ordered = by_turns([*many, replace(other, cell=still, severity=99.0)])
    assert vendors(ordered)[:2] == ["loud", "still"]


def test_a_finding_says_since_when_once(edition):
    change, still = (
        next(alert for alert in edition.alerts if alert.changed is changed)
        for changed in (True, False)
    )
    for alert, told_beside in ((change, False), (replace(still, since="2026-02"), True)):
        (line,) = told(edition, [alert])
        assert ("since" in line.note) is told_beside
        assert ("since" in line.sentence) is not told_beside


def test_the_overview_says_how_many_more_there_are(edition):
    context = overview(edition).context
    heads = grouped(a for a in edition.alerts if a.worse)
    assert len(context["signals"]) == WORST
    assert context["more"] == len(heads) - WORST > 0


def test_a_region_is_told_of_a_unit_beyond_the_funnel_at_one_of_its_sites(edition):
    taipei = next(site for site in edition.network.sites if site.name == "Taipei Clinic")
    regions = {site.region for site in edition.network.sites}
    regions_told = {
        region
        for region in regions
        if any(
            a.rule == FUNNEL and a.cell.place.get("site") == taipei.id
            for a in alerts_of(edition, region)
        )
    }
    assert regions_told == {taipei.region} < regions
    page = region_page(edition, taipei.region).context
    heads = grouped(a for a in alerts_of(edition, taipei.region) if a.worse)
    assert len(page["signals"]) + page["more"] == len(heads)
