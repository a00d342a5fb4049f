"""Readers pooled over cases that they share: multi-reader multi-case estimates, differences and variance parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

import duckdb
import numpy as np
import polars as pl

from overread.measures.study_strata import PLACE, Study, study
from overread.measures.table import rows
from overread.stats.estimate import Estimate, make_estimate
from overread.stats.reader_studies.mrmc import MrmcResult, mrmc, mrmc_difference
from overread.stats.reader_studies.mrmc_reads import Metric
from overread.stats.reader_studies.mrmc_wins import Mask

READERS: Final = "readers"
# The variance is that of scores less their pooled value: see `overread.stats.reader_studies.mrmc_components`.
METHOD: Final = "MRMC U-statistic (readers and cases random), logit t"
DIFFERENCE_METHOD: Final = "MRMC U-statistic (readers and cases random), difference, t"
_PARTS: Final = ("readers", "cases", "readers_with_cases")
_UNKNOWN: Final = "(unknown)"


@dataclass(frozen=True, slots=True)
class Pooled:
    """A measure of readers and how it is read from their answers."""

    measure_id: str
    metric: Metric
    answer: Literal["score_key", "call"]


MEASURES: Final = (
    Pooled("auc", "AUC", "score_key"),
    Pooled("sensitivity", "TPF", "call"),
    Pooled("specificity", "TNF", "call"),
)


@dataclass(frozen=True, slots=True)
class Results:
    """The pooled results of a network.

    Attributes:
        study: Strata and reads.
        pooled: Result per measure, over the sets of reads.
    """

    study: Study
    pooled: dict[str, MrmcResult]


def pool(connection: duckdb.DuckDBPyConnection) -> Results | None:
    """Pool the readers of every stratum; None where nothing can be pooled."""
    found = study(connection)
    if found is None:
        return None
    return Results(
        found,
        {
            each.measure_id: mrmc(found.reads(each.answer), each.metric, found.studies)
            for each in MEASURES
        },
    )


def taken(estimate: Estimate, index: np.ndarray, method: str = METHOD) -> Estimate:
    """The estimates of some sets, in the order of the index; a set may come several times."""
    absent, bare = estimate.status != "ok", ~np.isfinite(estimate.low)
    told = sorted(set(estimate.reason) - {""})
    return make_estimate(
        estimate.value[index],
        n=estimate.n[index],
        method=method,
        se=estimate.se[index],
        low=estimate.low[index],
        high=estimate.high[index],
        insufficient=[((absent & (estimate.reason == why))[index], why) for why in told],
        withheld=[((bare & (estimate.reason == why))[index], why) for why in told],
    )


def _wide(strata: pl.DataFrame) -> pl.DataFrame:
    """Strata over all months with at most two dimensions fixed: finer ones nobody reads."""
    fixed = pl.sum_horizontal(pl.col(name).is_not_null() for name in PLACE)
    return strata.filter(pl.col("period").is_null() & (fixed <= 2)).with_columns(
        population=pl.lit(READERS)
    )


def variance_parts(results: Results) -> Iterator[pl.DataFrame]:
    """Which share of the variance of a pooled value comes from readers, from cases, and from both together."""
    for each in MEASURES:
        result = results.pooled[each.measure_id]
        shown = np.isfinite(result.estimate.low) & (
            results.study.overlapping | (each.metric == "AUC")
        )
        strata = _wide(results.study.strata)
        strata = strata.filter(pl.Series(shown[strata["study"].to_numpy()]))
        index = strata["study"].to_numpy()
        parts = result.parts()
        for place, category in enumerate(_PARTS):
            share = parts[index, place] / result.variance[index]
            estimate = make_estimate(
                np.clip(share, 0, 1),
                n=result.estimate.n[index],
                method="MRMC U-statistic, components of variance",
                insufficient=[
                    (np.isnan(share), "the design cannot tell cases from readers with cases")
                ],
                withheld=[
                    (share < 0, "the estimate of this part is below zero: shown as zero"),
                    (share > 1, "the estimate of this part exceeds the whole: shown as one"),
                    (True, "a part of a variance has no interval"),
                ],
            )
            yield rows(
                f"{each.measure_id}_variance_share",
                strata.with_columns(category=pl.lit(category)),
                estimate,
            )


def _techniques(study: Study) -> list[tuple[str, str]]:
    """Pairs of techniques, in the order of their names, that some case was read in."""
    seen = (
        study.base.filter(pl.col("case_id").is_not_null() & (pl.col("technique") != _UNKNOWN))
        .select("technique", "case_id")
        .unique()
    )
    both = seen.join(seen, on="case_id").filter(pl.col("technique") < pl.col("technique_right"))
    pairs = set(both.select("technique", "technique_right").unique().iter_rows())
    return [pair for pair in combinations(sorted(seen["technique"].unique()), 2) if pair in pairs]


def differences(results: Results) -> Iterator[pl.DataFrame]:
    """The first technique less the second, over the same cases and readers, where a place has both."""
    own = results.study
    wide = _wide(own.strata).filter(pl.col("technique").is_null())
    for first, second in _techniques(own):
        there = [_sets_with(own, technique) for technique in (first, second)]
        chosen = there[0] & there[1] & own.overlapping
        asked = np.zeros(own.studies, dtype=bool)
        asked[wide["study"].to_numpy()] = True
        chosen &= asked
        if not chosen.any():
            continue
        strata = wide.filter(pl.Series(chosen[wide["study"].to_numpy()]))
        index = (np.cumsum(chosen) - 1)[strata["study"].to_numpy()]
        for each in MEASURES:
            a, b = (own.reads(each.answer, chosen, technique) for technique in (first, second))
            if a.stratum.size == 0 or b.stratum.size == 0:
                continue
            result = mrmc_difference(a, b, each.metric, int(chosen.sum()))
            yield rows(
                f"{each.measure_id}_difference",
                strata.with_columns(category=pl.lit(f"{first}-{second}")),
                taken(result.estimate, index, DIFFERENCE_METHOD),
            )


def _sets_with(study: Study, technique: str) -> Mask:
    """Sets that hold reads of a technique."""
    of_technique = (study.base["technique"] == technique).to_numpy()[study.row]
    return np.bincount(study.study[of_technique], minlength=study.studies) > 0
