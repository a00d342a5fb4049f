"""Real series through the charts: NHS England's A&E waits, and Scotland's imaging waits as they are published."""

import csv
from itertools import pairwise
from math import floor, sqrt
from statistics import NormalDist, fmean

import numpy as np
import pytest
from scipy import stats

from overread.stats.comparison.funnel import funnel, funnel_limits
from overread.stats.monitoring.assurance import read_chart
from overread.stats.monitoring.baseline import Baseline
from overread.stats.monitoring.run_rules import NHS, WESTERN_ELECTRIC, run_rules
from overread.stats.monitoring.spc import laney_p_chart, p_chart, xmr_chart


@pytest.fixture(scope="module")
def attendances(shared):
    """Breaches of four hours and attendances, providers x months; a month that a provider did not report is a gap."""
    path = shared / "data" / "nhsrdatasets" / "ae_attendances.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    providers = sorted({row["org_code"] for row in rows})
    months = sorted({row["period"] for row in rows})
    counts = np.zeros((2, len(providers), len(months)))
    for row in rows:
        cell = providers.index(row["org_code"]), months.index(row["period"])
        counts[0][cell] += int(row["breaches"])
        counts[1][cell] += int(row["attendances"])
    return months, counts[0], counts[1]


@pytest.fixture(scope="module")
def waits(shared):
    """People waiting over six weeks and all who wait, Scotland, by test: the first six bands are six weeks."""
    result = {}
    for test in ("CT", "MRI", "Ultrasound"):
        path = shared / "data" / "scotland_imaging_waits" / f"{test}.csv"
        with path.open(encoding="cp1252", newline="") as file:
            rows = list(csv.DictReader(file))
        months = sorted({row["Date"] for row in rows})
        bands = [name for name in rows[0] if name.endswith("days")][:6]
        over, total = np.zeros(len(months)), np.zeros(len(months))
        for row in rows:
            if row["HBName"] == "Scotland":
                month = months.index(row["Date"])
                total[month] = int(row["Total"])
                over[month] = total[month] - sum(int(row[band]) for band in bands)
        result[test] = months, over, total
    return result


def plain_laney(events, cases):
    """Laney's limits, month by month: (centre, sigma z, [(low, high) or None])."""
    centre = sum(events) / sum(cases)
    z = [
        (x / n - centre) / sqrt(centre * (1 - centre) / n) if n else None
        for x, n in zip(events, cases, strict=True)
    ]
    ranges = [
        abs(z[t] - z[t - 1]) for t in range(1, len(z)) if z[t] is not None and z[t - 1] is not None
    ]
    sigma_z = fmean(ranges) / 1.128
    half = [3 * sigma_z * sqrt(centre * (1 - centre) / n) if n else None for n in cases]
    return centre, sigma_z, [h and (max(centre - h, 0), min(centre + h, 1)) for h in half]


def test_there_are_274_real_providers(attendances):
    months, breaches, cases = attendances
    assert breaches.shape == (274, 36)
    assert (months[0], months[-1]) == ("2016-04-01", "2019-03-01")
    assert (breaches.sum(), cases.sum()) == (8_295_237, 72_019_402)


def test_england_by_p_chart_cries_wolf_and_by_laney_sees_the_winters(attendances):
    """With two million attendances a month every month lies outside binomial limits; seven outside Laney's."""
    months, breaches, cases = attendances
    x, n = breaches.sum(axis=0), cases.sum(axis=0)
    naive, laney = p_chart(x, n), laney_p_chart(x, n)
    centre, sigma_z, limits = plain_laney(x.tolist(), n.tolist())
    assert float(laney.centre) == pytest.approx(centre)
    assert float(laney.spread) == pytest.approx(sigma_z)
    np.testing.assert_allclose(np.stack([laney.low, laney.high], axis=-1), limits)
    assert sigma_z == pytest.approx(42.1, abs=0.05)

    outside = [
        t for t in range(36) if abs(x[t] / n[t] - centre) > 3 * sqrt(centre * (1 - centre) / n[t])
    ]
    assert (
        np.flatnonzero((naive.point > naive.high) | (naive.point < naive.low)).tolist() == outside
    )
    assert len(outside) == 36
    beyond = run_rules(laney).signal[0]
    assert [months[t][:7] for t in np.flatnonzero(beyond)] == [
        months[t][:7] for t in range(36) if not limits[t][0] <= x[t] / n[t] <= limits[t][1]
    ]
    assert beyond.sum() == 7
    assert {months[t][5:7] for t in np.flatnonzero(beyond)} <= {"12", "01", "02", "03"}


def test_run_rules_on_england_equal_a_count_by_hand(attendances):
    _, breaches, cases = attendances
    x, n = breaches.sum(axis=0), cases.sum(axis=0)
    centre, sigma_z, _ = plain_laney(x.tolist(), n.tolist())
    z = [
        (a / b - centre) / (sigma_z * sqrt(centre * (1 - centre) / b))
        for a, b in zip(x, n, strict=True)
    ]
    shift, two = [], []
    for t in range(36):
        last = z[max(t - 7, 0) : t + 1]
        shift.append(len(last) == 8 and (min(last) > 0 or max(last) < 0))
        near = z[max(t - 2, 0) : t + 1]
        two.append(any(way * z[t] > 2 and sum(way * v > 2 for v in near) >= 2 for way in (1, -1)))
    found = run_rules(laney_p_chart(x, n), WESTERN_ELECTRIC)
    assert found.signal[3].tolist() == shift
    assert found.signal[1].tolist() == two
    assert (sum(shift), sum(two)) == (2, 11)


def test_every_provider_at_once_equals_each_by_itself(attendances):
    """274 charts in one call, with 1,566 months that a provider did not report, as gaps."""
    _, breaches, cases = attendances
    assert (cases == 0).sum() == 1566
    chart = laney_p_chart(breaches, cases)
    seen = 0
    for row in range(274):
        x, n = breaches[row].tolist(), cases[row].tolist()
        neighbours = any(a and b for a, b in pairwise(n))
        if not 0 < sum(x) < sum(n) or not neighbours:
            assert chart.status[row] == "insufficient"
            continue
        seen += 1
        centre, sigma_z, limits = plain_laney(x, n)
        assert chart.status[row] == "ok"
        assert chart.centre[row] == pytest.approx(centre)
        assert chart.spread[row] == pytest.approx(sigma_z)
        np.testing.assert_array_equal(np.isnan(chart.low[row]), [limit is None for limit in limits])
        np.testing.assert_allclose(
            chart.high[row][cases[row] > 0], [b for _, b in filter(None, limits)]
        )
    assert seen == 221


def plain_phi(x, n):
    """Target and phi by sorting and interpolating, one provider at a time."""
    target = sum(x) / sum(n)
    z = [(a / b - target) / sqrt(target * (1 - target) / b) for a, b in zip(x, n, strict=True)]
    ordered = sorted(z)

    def quantile(q):
        place = q * (len(ordered) - 1)
        below = floor(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])

    low, high = quantile(0.1), quantile(0.9)
    return target, fmean(min(max(v, low), high) ** 2 for v in z)


def word(share, limits):
    for level in ("99_8", "95"):
        low, high = limits[level]
        if share > high:
            return f"above_{level}"
        if share < low:
            return f"below_{level}"
    return "within"


def test_funnel_of_274_providers(attendances):
    """Departments of every kind in one funnel, phi 7,001: exact limits leave none within, over-dispersed ones 250."""
    _, breaches, cases = attendances
    x, n = breaches.sum(axis=1), cases.sum(axis=1)
    target, phi = plain_phi(x.tolist(), n.tolist())
    found = funnel(x, n)
    assert float(found.model.dispersion.target) == pytest.approx(target)
    assert float(found.model.dispersion.phi) == pytest.approx(phi)
    assert phi == pytest.approx(7001.08, abs=0.01)
    words = []
    for a, b in zip(x, n, strict=True):
        half = sqrt(phi * target * (1 - target) / b)
        z = {"95": NormalDist().inv_cdf(0.975), "99_8": NormalDist().inv_cdf(0.999)}
        words.append(word(a / b, {k: (target - v * half, target + v * half) for k, v in z.items()}))
    assert found.verdict.tolist() == words
    kinds = sorted(set(words))
    assert {kind: words.count(kind) for kind in kinds} == {
        "above_95": 8, "above_99_8": 5, "below_95": 10, "below_99_8": 1, "within": 250,
    }  # fmt: skip

    exact = funnel(x, n, model="exact")
    tails = []
    for a, b in zip(x, n, strict=True):
        up, down = stats.binom.sf(a - 1, b, target), stats.binom.cdf(a, b, target)
        side, p = ("above", up) if up < down else ("below", down)
        tails.append(f"{side}_99_8" if p < 0.001 else f"{side}_95" if p < 0.025 else "within")
    assert exact.verdict.tolist() == tails
    assert tails.count("within") == 0


def test_funnel_lines_of_real_providers_are_those_that_judge(attendances):
    _, breaches, cases = attendances
    found = funnel(breaches.sum(axis=1), cases.sum(axis=1))
    low, high = funnel_limits(found.model, cases.sum(axis=1))
    np.testing.assert_array_equal(low, found.low)
    np.testing.assert_array_equal(high, found.high)


def plain_xmr(values):
    """Centre and half width of limits."""
    ranges = [abs(b - a) for a, b in pairwise(values)]
    return fmean(values), 3 * fmean(ranges) / 1.128


PANDEMIC = 14  # positions 12 and 13, March and April 2020, were not published
BASELINE = Baseline(periods=12, rebase=[PANDEMIC], minimum=12)


@pytest.mark.parametrize("test", ["CT", "MRI", "Ultrasound"])
def test_scottish_waits_before_and_after_the_pandemic(waits, test):
    months, over, total = waits[test]
    assert (len(months), [months[t][:7] for t in np.flatnonzero(total == 0)]) == (
        76,
        ["2020-03", "2020-04"],
    )
    share = np.divide(over, total, out=np.full(76, np.nan), where=total > 0)
    chart = xmr_chart(share, BASELINE)
    for part, window in ((slice(PANDEMIC), slice(12)), (slice(PANDEMIC, 76), slice(14, 26))):
        centre, half = plain_xmr(share[window].tolist())
        np.testing.assert_allclose(chart.line[part], centre)
        np.testing.assert_allclose(chart.high[part], centre + half)
        np.testing.assert_allclose(chart.low[part], centre - half)
    assert chart.status[()] == "ok"


def test_scottish_waits_read_by_the_nhs_icons(waits):
    """Nobody should wait over six weeks: all three fail that reliably; since the rebase CT improves, MRI worsens."""
    readings, charts = {}, {}
    for test, (_, over, total) in waits.items():
        share = np.divide(over, total, out=np.full(76, np.nan), where=total > 0)
        charts[test] = xmr_chart(share, BASELINE)
        readings[test] = read_chart(charts[test], good=-1, target=0.0)
    assert {test: str(reading.variation) for test, reading in readings.items()} == {
        "CT": "special_cause_improving",
        "MRI": "special_cause_concerning",
        "Ultrasound": "common_cause",
    }
    assert {str(reading.assurance) for reading in readings.values()} == {"consistently_failing"}
    for test, way in (("CT", -1), ("MRI", 1)):
        months = waits[test][0]
        chart = charts[test]
        since = 75
        while way * (chart.point[since - 1] - chart.line[since - 1]) > 0:
            since -= 1
        assert int(readings[test].since) == since
        assert months[since][:7] == {"CT": "2024-10", "MRI": "2023-10"}[test]


def test_without_the_rebase_the_pandemic_would_be_the_whole_story(waits):
    """Limits from the year before: every later month of CT and ultrasound lies above them."""
    for test in ("CT", "Ultrasound"):
        _, over, total = waits[test]
        chart = laney_p_chart(over, total, Baseline(periods=12))
        centre, sigma_z, _ = plain_laney(over[:12].tolist(), total[:12].tolist())
        assert float(chart.centre) == pytest.approx(centre)
        assert float(chart.spread) == pytest.approx(sigma_z)
        found = run_rules(chart, NHS)
        expected = [
            n > 0 and x / n > centre + 3 * sigma_z * sqrt(centre * (1 - centre) / n)
            for x, n in zip(over, total, strict=True)
        ]
        assert (found.signal[0] & (found.direction[0] > 0)).tolist() == expected
        assert sum(expected[14:]) > 40


def test_the_step_over_the_months_that_were_not_published_is_no_moving_range(waits):
    """From 18 % in February to 71 % in May 2020 (MRI): one range that, if bridged, would widen all limits."""
    _, over, total = waits["MRI"]
    chart = laney_p_chart(over, total)
    _, sigma_z, limits = plain_laney(over.tolist(), total.tolist())
    assert float(chart.spread) == pytest.approx(sigma_z)
    np.testing.assert_array_equal(np.isnan(chart.high), [limit is None for limit in limits])
    published = total > 0
    bridged = laney_p_chart(over[published], total[published])
    assert float(bridged.spread) > 1.15 * sigma_z
