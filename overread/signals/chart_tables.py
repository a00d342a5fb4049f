"""The tables `control_chart` and `reading`: what a chart of a monthly series shows and says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from overread.signals.change import Change
from overread.signals.control_charts import Charted
from overread.signals.series import KEY, Series
from overread.stats.estimate import OK
from overread.stats.monitoring import assurance
from overread.stats.monitoring.baseline import IntArray
from overread.stats.monitoring.run_rules import NHS

RULES: Final = np.array([rule.name for rule in NHS] + [""], dtype=object)
VARIATION: Final = {
    assurance.IMPROVING: "better",
    assurance.CONCERNING: "worse",
    assurance.COMMON_CAUSE: "none",
}
ASSURANCE: Final = {
    assurance.PASSING: "meets",
    assurance.FAILING: "misses",
    assurance.HIT_AND_MISS: "hit_or_miss",
    assurance.NO_TARGET: "no_target",
    "": "trial",
}
_POINTS: Final = {
    "period": pl.String,
    "chart": pl.String,
    "value": pl.Float64,
    "n": pl.Float64,
    "numerator": pl.Float64,
    "centre": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "segment": pl.Int64,
    "baseline": pl.Boolean,
    "broken": pl.String,
    "provisional": pl.Boolean,
}
_READ: Final = {
    "months": pl.Int64,
    "first": pl.String,
    "last": pl.String,
    "variation": pl.String,
    "went": pl.String,
    "assurance": pl.String,
    "since": pl.String,
    "centre": pl.Float64,
    "rule": pl.String,
    "q": pl.Float64,
    "level_before": pl.Float64,
    "level_since": pl.Float64,
    "months_since": pl.Int64,
    "distance": pl.Float64,
    "reason": pl.String,
    "current": pl.Boolean,
}
_KEYS: Final = dict.fromkeys(KEY, pl.String)


def _column(values: Any, kind: Any) -> pl.Series:
    """A column; NaN and -1 as a number of months become NULL."""
    if kind == pl.Float64:
        return pl.Series(np.asarray(values, dtype=np.float64).ravel()).fill_nan(None)
    if kind == pl.Int64:
        return pl.Series(np.asarray(values, dtype=np.float64).ravel()).fill_nan(None).cast(pl.Int64)
    return pl.Series(np.asarray(values).ravel().tolist(), dtype=kind)


def _back(charted: Charted, values: Any) -> Any:
    """From the scale of the chart to the unit of the measure."""
    return np.exp(values) if charted.scale == "log" else values


def points(charted: Charted) -> pl.DataFrame:
    """Rows of `control_chart`: every month of every series, a month without a point with a NULL value."""
    series, chart = charted.series, charted.chart
    shape = series.n.shape
    keys = series.strata.select(pl.col(KEY).repeat_by(shape[1]).explode(empty_as_null=True))
    member = charted.found.member
    first = np.where(member.any(axis=-2), member.argmax(axis=-2), -1)
    columns = {
        "period": np.broadcast_to(np.array(series.months, dtype=object), shape),
        "chart": np.broadcast_to(charted.name[:, None], shape),
        "value": _back(charted, chart.point),
        "n": series.n,
        "numerator": series.numerator,
        "centre": _back(charted, chart.line),
        "lower": _back(charted, chart.low),
        "upper": _back(charted, chart.high),
        "segment": chart.segment,
        "baseline": charted.base,
        "broken": RULES[first],
        "provisional": series.provisional,
    }
    return keys.with_columns(
        _column(columns[name], kind).alias(name) for name, kind in _POINTS.items()
    )


def readings(charted: Charted, change: Change) -> pl.DataFrame:
    """Rows of `reading`: both icons of every series, and since when its level differs.

    `variation` is "better", "worse", "up" or "down" only where the change is said; "none" else, with the reason where a
    rule holds that chance may explain; "trial" where the limits are not to be used. `current` tells whether the series
    still runs: it has every month up to the last that is settled in its place and that its measure has data of.
    """
    reading, series = charted.reading, charted.series
    months = np.array([*series.months, None], dtype=object)
    size = charted.settled.shape[-1]
    place = np.arange(size)
    last = np.where(charted.settled, place, -1).max(axis=-1)
    first = np.where(charted.settled.any(axis=-1), charted.settled.argmax(axis=-1), -1)
    up = reading.direction > 0
    named = [
        VARIATION.get(word, "up" if rose else "down")
        for word, rose in zip(reading.variation, up, strict=True)
    ]
    usable = reading.status == OK
    variation = np.where(change.said, named, np.where(usable, "none", "trial")).astype(object)
    since = np.where(change.said, reading.since, -1)
    doubted = (reading.rule >= 0) & ~change.said
    chance = "a pattern, but among so many series chance may explain it"
    columns = {
        "months": charted.settled.sum(axis=-1),
        "first": months[first],
        "last": months[last],
        "variation": variation,
        "went": np.where(change.said, np.where(up, "up", "down"), ""),
        # limits from before a change tell nothing of how the target is met since
        "assurance": np.where(
            change.said, "trial", [ASSURANCE[word] for word in reading.assurance]
        ),
        "since": months[since],
        "centre": _back(charted, charted.chart.centre),
        "rule": RULES[reading.rule],
        "q": change.q,
        "level_before": change.before,
        "level_since": change.since,
        "months_since": change.months,
        "distance": change.distance,
        "reason": np.where(doubted, chance, reading.reason),
        "current": last >= _newest(series),
    }
    return series.strata.select(KEY).with_columns(
        _column(columns[name], kind).alias(name) for name, kind in _READ.items()
    )


def _newest(series: Series) -> IntArray:
    """The last month of each series that is not provisional in its place and in which its measure has any data."""
    ids = series.strata["measure_id"].to_numpy()
    told = np.zeros(series.n.shape, dtype=bool)
    for name in np.unique(ids):
        own = ids == name
        told[own] = np.isfinite(series.value[own]).any(axis=0)
    place = np.arange(len(series.months))
    newest: IntArray = np.where(told & ~series.provisional, place, -1).max(axis=-1)
    return newest


def write(
    connection: duckdb.DuckDBPyConnection, judged: Sequence[tuple[Charted, Change]]
) -> tuple[int, int]:
    """Write both tables.

    Args:
        connection: The warehouse.
        judged: Charts with their changes, kind by kind.

    Returns:
        Rows of `control_chart` and of `reading`.
    """
    tables = {
        "control_chart": (_KEYS | _POINTS, [points(charted) for charted, _ in judged]),
        "reading": (_KEYS | _READ, [readings(*each) for each in judged]),
    }
    rows = []
    for name, (schema, parts) in tables.items():
        frame = pl.concat([pl.DataFrame(schema=schema), *parts])
        connection.register("charted", frame.to_arrow())
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM charted")
        connection.unregister("charted")
        rows.append(frame.height)
    return rows[0], rows[1]
