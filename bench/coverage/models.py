"""Fitted models: calibration line, nowcast of late reviews, reviewer severity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from bench.coverage.study import Cell, Study, cell, study
from overread.stats.accuracy.calibration import calibration_line
from overread.stats.comparison.severity import reviewer_severity
from overread.stats.estimate import Estimate
from overread.stats.late_reviews.nowcast import nowcast

# numbers drawn in one call, so that the study fits into small machines
DRAWN = 400_000


def calibrated(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Line and calibration-in-the-large of predictions that are right, too extreme, or too low."""
    rows: dict[tuple[str, str], list[Cell]] = {}
    for n in (100, 300, 1000):
        for middle in (-3.0, -1.5, 0.0):
            for intercept, slope in ((0.0, 1.0), (0.5, 0.7), (0.0, 1.3)):
                logit = rng.normal(middle, 1.2, (min(runs, DRAWN // n), n))
                sick = rng.random(logit.shape) < special.expit(intercept + slope * logit)
                line = calibration_line(sick, ~sick, special.expit(logit))
                events = f"{n} cases, {sick.sum(axis=1).mean():.0f} events, slope {slope:g}"
                size = f"n {n}"
                for name, estimate, truth in (
                    ("intercept", line.intercept, intercept),
                    ("slope", line.slope, slope),
                ):
                    rows.setdefault((name, size), []).append(cell(estimate, truth, events))
                if slope == 1:
                    large = cell(line.in_the_large, intercept, events)
                    rows.setdefault(("in the large", size), []).append(large)
    for (name, size), cells in rows.items():
        condition = f"{size}; 7 to 50 % events, slope 0.7 to 1.3"
        yield study(f"calibration, {name}", condition, cells)


# share of reviews that come back in each month after their assignment
CONCORDANT = (0.6, 0.25, 0.1, 0.03, 0.01, 0.01)
DISCREPANT = (0.15, 0.25, 0.25, 0.15, 0.1, 0.1)


def _month(estimate: Estimate, month: int) -> Estimate:
    """One month of all strata."""
    parts = ("value", "se", "low", "high", "n", "status", "reason")
    of_month = {name: getattr(estimate, name)[:, month] for name in parts}
    return Estimate(**of_month, method=estimate.method)


def late(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Prediction interval of the final rate, arbitration delaying the discrepant reviews."""
    months, delays = 18, len(CONCORDANT)
    seen = np.arange(delays) < np.arange(months, 0, -1)[:, None]
    cells: dict[int, list[Cell]] = {}
    for assigned in (60, 200, 600):
        for rate in (0.03, 0.1):
            if assigned * rate * months < 60:
                continue
            few = min(runs, 400)
            done = rng.binomial(assigned, 0.9, (few, months))
            bad = rng.binomial(done, rate)
            good = rng.multinomial(done - bad, CONCORDANT) * seen
            found = rng.multinomial(bad, DISCREPANT) * seen
            result = nowcast(good, found, np.full(done.shape, assigned), draws=400)
            truth = bad / done
            for age in (1, 2, 4):
                one = _month(result.rate, -age)
                label = f"{assigned} assigned a month, rate {rate:g}"
                cells.setdefault(age, []).append(cell(one, truth[:, -age], label))
    for age, of in cells.items():
        condition = f"{age} of 6 months observed; 60 to 600 assigned a month, rate 3 and 10 %"
        yield study("nowcast of the final rate, prediction interval", condition, of)


def reviewed(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Rates cleared of the reviewers' severity, and the severities."""
    for reviewers, vendors in ((3, 4), (6, 4), (12, 8), (30, 4)):
        rates: list[Cell] = []
        severities: list[Cell] = []
        for each in (15, 60):
            for sigma in (0.3, 0.8):
                for rate in (0.06, 0.15):
                    few = min(runs, DRAWN // (20 * vendors * reviewers))
                    of_vendor = special.logit(rate) + rng.normal(0, 0.4, (few, vendors, 1))
                    of_reviewer = rng.normal(0, sigma, (few, 1, reviewers))
                    # some pairs meet often, some hardly
                    n = rng.poisson(each * rng.lognormal(0, 0.7, (few, vendors, reviewers)))
                    p = special.expit(of_vendor + of_reviewer)
                    result = reviewer_severity(rng.binomial(n, p), n)
                    mix = n.sum(axis=1) / n.sum(axis=(1, 2))[:, None]
                    truth = (p * mix[:, None, :]).sum(axis=-1)
                    label = f"about {each} reviews a pair, sigma {sigma:g}, rate {rate:g}"
                    rates.append(cell(result.adjusted, truth, label))
                    severities.append(cell(result.severity, of_reviewer[:, 0], label))
        grid = (
            f"{vendors} vendors, {reviewers} reviewers; about 15 and 60 reviews a pair, sigma 0.3 and 0.8, "
            "rate 6 and 15 %"
        )
        yield study("rate adjusted for reviewers", grid, rates)
        yield study("reviewer severity, t", grid, severities)


STUDIES = (calibrated, late, reviewed)
