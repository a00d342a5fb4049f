"""How often "changed" is said of series that never changed, and how often of those that did."""

import numpy as np
import polars as pl
import pytest

from overread.signals.change import judge
from overread.signals.control_charts import draw
from overread.signals.series import KEY, Series

MONTHS = [f"2025-{m:02d}" for m in range(1, 13)] + [f"2026-{m:02d}" for m in range(1, 7)]
VENDORS, SITES = 8, 12


def series(measure_id, n, numerator, value, headline):
    size = n.shape[0]
    strata = pl.DataFrame(
        {name: [None] * size for name in KEY}, schema=dict.fromkeys(KEY, pl.String)
    )
    strata = strata.with_columns(measure_id=pl.lit(measure_id), headline=pl.Series(headline))
    nothing = np.full(n.shape, np.nan)
    provisional = np.zeros(n.shape, dtype=bool)
    return Series(MONTHS, strata, n, numerator, value, value, value, nothing, provisional)


def stable_shares(rng, networks, cases, share, spread=0.0):
    """A network's series of one measure, 24 headlines and 60 cuts, as many times as wanted.

    `spread` is the standard deviation of the months' true shares on the scale of the log odds.
    """
    headline = np.arange(84) < 24
    size = np.where(headline, cases, cases / 4)
    n = rng.poisson(size[:, None], (networks, 84, len(MONTHS))).clip(1).astype(float)
    odds = np.log(share / (1 - share)) + rng.normal(0, spread, n.shape)
    x = rng.binomial(n.astype(int), 1 / (1 + np.exp(-odds))).astype(float)
    return [
        series("discrepancy_rate", *each, each[1] / each[0], headline)
        for each in zip(n, x, strict=True)
    ]


def stable_times(rng, networks):
    headline = np.arange(84) < 24
    noise = np.where(headline, 0.05, 0.15)[:, None]
    value = np.exp(3 + rng.normal(0, 1, (networks, 84, len(MONTHS))) * noise)
    n = np.full((84, len(MONTHS)), 50.0)
    name = "turnaround_median_completed_only"
    return [series(name, n, n, each, headline) for each in value]


def verdicts(networks):
    """Per network: series in which a rule holds at the last month, and of which a change is said."""
    rules, said = [], []
    for network in networks:
        (charted,) = draw(network)
        rules.append(int((charted.reading.rule >= 0).sum()))
        said.append(int(judge(charted).said.sum()))
    return np.array(rules), np.array(said)


@pytest.mark.parametrize("kind", ["few events", "many", "varying", "times"])
def test_stable_networks_are_seldom_said_to_change(kind):
    """Rules alone find several of 84 series each time; a network of which anything is said is rarer than one in ten."""
    rng = np.random.default_rng(7)
    made = {
        "few events": lambda: stable_shares(rng, 60, 40, 0.04),
        "many": lambda: stable_shares(rng, 60, 1_000, 0.02),
        "varying": lambda: stable_shares(rng, 60, 1_000, 0.05, spread=0.25),
        "times": lambda: stable_times(rng, 60),
    }[kind]()
    rules, said = verdicts(made)
    assert rules.mean() > 1
    assert (said > 0).mean() <= 0.1
    assert said.sum() / (60 * 84) < 0.005


def test_a_doubled_rate_is_said_where_there_are_cases_enough():
    """Four months of twice the rate: of 1,000 cases a month nearly always, of 40 hardly ever."""
    rng = np.random.default_rng(8)

    def found(cases):
        networks = stable_shares(rng, 20, cases, 0.04)
        for network in networks:
            x = rng.binomial(network.n[0, -4:].astype(int), 0.08)
            network.numerator[0, -4:] = x
            network.value[0, -4:] = x / network.n[0, -4:]
        return np.mean([judge(draw(network)[0]).said[0] for network in networks])

    assert found(1_000) > 0.9
    assert found(40) < 0.2
