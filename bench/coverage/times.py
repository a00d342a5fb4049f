"""Turnaround times: the mean, order-statistic quantiles, and Kaplan-Meier quantiles with open tasks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import stats

from bench.coverage.study import Cell, Study, cell, study
from overread.stats.durations.cumulative_incidence import (
    cumulative_incidence,
    incidence_at,
    incidence_quantiles,
)
from overread.stats.durations.quantiles import mean, quantile, quantile_ranks
from overread.stats.durations.survival import kaplan_meier, quantile_estimates
from overread.stats.interval import Interval

# numbers drawn in one call, so that the study fits into small machines
DRAWN = 4_000_000
INTERVALS: tuple[Interval, ...] = ("covering", "published")


def means(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Mean of log-normal times, by their spread."""
    for sigma in (0.5, 1.0, 1.25):
        rows: dict[str, list[Cell]] = {"Johnson": [], "t": [], "published": []}
        for n in (20, 50, 100, 500, 2000):
            x = rng.lognormal(0, sigma, (min(runs, DRAWN // n), n))
            total = x.sum(axis=1)
            apart = x - total[:, None] / n
            squares, cubes = (apart**2).sum(axis=1), (apart**3).sum(axis=1)
            truth, label = np.exp(sigma**2 / 2), f"n {n}"
            rows["Johnson"].append(cell(mean(n, total, squares, cubes=cubes), truth, label))
            rows["t"].append(cell(mean(n, total, squares), truth, label))
            published = mean(n, total, squares, interval="published")
            rows["published"].append(cell(published, truth, label))
        condition = f"log-normal, sigma {sigma:g}; n 20 to 2,000"
        yield study("mean, third moment known", condition, rows["Johnson"])
        yield study("mean, third moment unknown", condition, rows["t"])
        yield study("mean, t", condition, rows["published"], published=True)


def order_statistics(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Median, p90 and p95 from order statistics; whole quarters of an hour tie many tasks."""
    for p in (0.5, 0.9, 0.95):
        for grid, name in (
            (0.0, "no ties"),
            (0.25, "many ties: times in whole quarters of an hour"),
        ):
            cells = []
            for n in (20, 50, 100, 500):
                x = rng.lognormal(0, 1, (min(runs, DRAWN // n), n))
                truth = float(np.exp(stats.norm.ppf(p)))
                if grid:
                    x, truth = np.ceil(x / grid) * grid, float(np.ceil(truth / grid) * grid)
                x.sort(axis=1)
                rank, lower, upper = (float(r) for r in quantile_ranks(n, p))
                place = [int(max(r, 1)) - 1 for r in (rank, lower, upper if upper == upper else n)]
                value, low, high = (x[:, i] for i in place)
                estimate = quantile(n, value, low, high, p, lower, upper)
                cells.append(cell(estimate, truth, f"n {n}"))
            condition = f"p{p * 100:g}; {name}; n 20 to 500"
            yield study("quantile, order statistics", condition, cells, aim="guaranteed")


def kaplan_meier_quantiles(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Median and p90 where some tasks are open at the cut-off."""
    for step, kind in ((0.05, "fine times"), (0.5, "many ties")):
        times = np.arange(1, int(20 / step) + 1) * step
        finish = np.diff(stats.lognorm.cdf(np.r_[0, times[:-1], np.inf], 1.0))
        for p in (0.5, 0.9):
            cells = []
            for open_share in (0.1, 0.3):
                # a task is received at random before the cut-off; the longest wait gives this share open
                longest = {0.1: 16.0, 0.3: 5.0}[open_share]
                waited = (times <= longest) / (times <= longest).sum()
                for n in (20, 50, 100, 300):
                    few = min(runs, DRAWN // (8 * times.size))
                    done = rng.choice(times.size, (few, n), p=finish)
                    wait = rng.choice(times.size, (few, n), p=waited)
                    place, event = np.minimum(done, wait), done <= wait
                    row = np.arange(few)[:, None] * times.size + place
                    counts = [
                        np.bincount(row[who], minlength=few * times.size).reshape(few, -1)
                        for who in (event, ~event)
                    ]
                    curve = kaplan_meier(times, counts[0], counts[1])
                    estimate = quantile_estimates(curve, [p])
                    truth = times[np.searchsorted(np.cumsum(finish), p)]
                    cells.append(cell(estimate, truth, f"n {n}, waits to {longest:g}"))
            condition = f"p{p * 100:g}; {kind}; n 20 to 300, waits to 16 or 5 medians"
            yield study("quantile, Kaplan-Meier", condition, cells)


def competing(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Share read within the agreed time where some tasks are cancelled and some still open."""
    days = np.arange(1.0, 31.0)
    for within, share in ((3, 0.1), (10, 0.5)):
        # each day this share of the open tasks is read, and 2 % are cancelled
        daily = 1 - (1 - share) ** (1 / within)
        left = (1 - daily - 0.02) ** np.arange(within)
        truth = float((left * daily).sum())
        cells = []
        for n in (20, 50, 100, 500):
            few = min(runs, DRAWN // (10 * n))
            finish = rng.geometric(daily + 0.02, (few, n))
            cancelled = rng.random((few, n)) < 0.02 / (daily + 0.02)
            wait = rng.integers(1, days.size + 1, (few, n))
            place, seen = np.minimum(finish, wait) - 1, finish <= wait
            row = np.arange(few)[:, None] * days.size + place
            kinds = (seen & ~cancelled, seen & cancelled, ~seen)
            read, gone, waiting = (
                np.bincount(row[who], minlength=few * days.size).reshape(few, -1) for who in kinds
            )
            curve = cumulative_incidence(days, read, gone, waiting)
            cells.append(cell(incidence_at(curve, [within]), truth, f"n {n}"))
        condition = (
            f"{100 * truth:.0f} % read within {within} days; n 20 to 500, 2 % cancelled a day"
        )
        yield study("cumulative incidence, Wilson on the effective size", condition, cells)


def competing_quantiles(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Time by which a share is read, where some tasks are cancelled and some still open."""
    for step, kind in ((1.0, "many ties: whole days"), (0.1, "fine times")):
        days = np.arange(1, round(60 / step) + 1) * step
        daily, cancelled = 1 - 0.85**step, 1 - 0.99**step
        both = daily + cancelled
        read_by = np.cumsum((1 - both) ** np.arange(days.size) * daily)
        rows: dict[tuple[float, Interval], list[Cell]] = {}
        for longest in (16, 60):
            for n in (20, 50, 100, 300):
                few = min(runs, DRAWN // (4 * days.size), DRAWN // (4 * n))
                finish = rng.geometric(both, (few, n))
                off = rng.random((few, n)) < cancelled / both
                wait = rng.integers(1, round(longest / step) + 1, (few, n))
                place, seen = np.minimum(finish, wait) - 1, finish <= wait
                row = np.arange(few)[:, None] * days.size + place
                read, gone, waiting = (
                    np.bincount(row[who], minlength=few * days.size).reshape(few, -1)
                    for who in (seen & ~off, seen & off, ~seen)
                )
                curve = cumulative_incidence(days, read, gone, waiting)
                for p in (0.1, 0.5, 0.75):
                    truth = days[np.searchsorted(read_by, p)]
                    for interval in INTERVALS:
                        estimate = incidence_quantiles(curve, [p], interval)
                        of = rows.setdefault((p, interval), [])
                        of.append(cell(estimate, truth, f"n {n}, waits to {longest} days"))
        for (p, interval), cells in rows.items():
            yield study(
                "quantile, cumulative incidence",
                f"{100 * p:g} % read; {kind}; n 20 to 300, 1 % cancelled a day",
                cells,
                published=interval == "published",
            )


STUDIES = (means, order_statistics, kaplan_meier_quantiles, competing, competing_quantiles)
