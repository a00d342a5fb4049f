"""Evidence of readers pooled over cases that they share: values, differences of techniques, parts of the variance."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from overread.explain.accuracy import (
    ANSWER,
    JUDGED,
    OTHER,
    SETTLED,
    TRUTH,
    UNRATED,
    of_readers,
    question,
    ranked,
    uncalled,
)
from overread.explain.evidence import Evidence, Statistic, Steps, Stored
from overread.explain.facts import CALLS
from overread.measures.accuracy import ANSWERED, AUC_METHOD, CALLED, RATED, RATES
from overread.measures.reader_study import MEASURES, METHOD, Pooled
from overread.stats.reader_studies.mrmc import mrmc
from overread.stats.reader_studies.mrmc_reads import Reads
from overread.warehouse.quoting import literal

_POOLED: Final = {each.measure_id: each for each in MEASURES}
# In the order of `MrmcResult.parts`.
_VARIANCE_PARTS: Final = ("readers", "cases", "readers_with_cases")
_ONE_CLASS: Final = ("reads of readers who read one class of cases only", "true")


def _weighed(measure: Pooled, *names: str) -> tuple[Steps, tuple[tuple[str, str], ...]]:
    """Steps up to `weighed`, what each reader scored out of his pairs, and `reads`, the rows of readers with weight.

    A pair is a diseased and a healthy case of one reader: an AUC scores the pairs ranked right, a rate those whose
    case of its class was called right. Also the reasons of reads that are left out.
    """
    own = ", ".join(names)
    if measure.answer == "score_key":
        steps = ranked(f"{JUDGED} AND {RATED}", *names)
        won, entering = "won", f"{SETTLED} AND {RATED}"
        left_out: tuple[tuple[str, str], ...] = UNRATED
    else:
        event, about = RATES[measure.measure_id]
        won, entering = f"{event} * {OTHER[about]}", f"{SETTLED} AND {ANSWER}"
        where = f"{JUDGED} AND {ANSWERED}"
        steps = (("scored", f"SELECT {own}, {CALLED} FROM stratum WHERE {where} GROUP BY ALL"),)
        # reads of the other class weigh the reader, so they contribute
        left_out = uncalled()
    weighed = f"SELECT {own}, sick, well, {won} AS scored, sick * well AS pairs FROM scored WHERE sick * well > 0"
    reads = f"SELECT stratum.* FROM stratum SEMI JOIN weighed USING ({own}) WHERE {entering}"
    return (*steps, ("weighed", weighed), ("reads", reads)), (*left_out, _ONE_CLASS)


def _cases(measure: Pooled) -> str:
    """SQL of the cases of the classes that the measure is about."""
    cases = "count(DISTINCT (case_id, truth))"
    if measure.answer == "call":
        about = RATES[measure.measure_id][1]
        cases += f" FILTER (truth = {literal(TRUTH[about])})"
    return cases


def _evidence(
    row: Stored,
    measure: Pooled,
    n: str,
    names: tuple[str, str, str] = ("numerator", "denominator", "value"),
) -> Evidence:
    """The readers' mean, weighted by pairs; n is SQL over `reads`, the names are those of its parts."""
    steps, left_out = _weighed(measure, "reader")
    top, bottom, value = names
    result = (
        f"SELECT (SELECT {n} FROM reads)::DOUBLE AS n, sum(scored)::DOUBLE AS {top}, "
        f"sum(pairs)::DOUBLE AS {bottom}, (sum(scored) / sum(pairs))::DOUBLE AS {value}, "
        "count(*) AS readers, (SELECT count(*) FROM reads) AS reads FROM weighed"
    )
    contributing = (*steps, ("contributing", "SELECT row FROM reads"))
    return Evidence(CALLS, question(row), steps, result, contributing, left_out)


def accuracy(row: Stored) -> Evidence:
    """Sensitivity, specificity or AUC of one reader or of readers pooled."""
    measure = _POOLED[row["measure_id"]]
    if row["method"] == METHOD:
        return _evidence(row, measure, _cases(measure))
    if row["method"] == AUC_METHOD and row["reader"] is None:
        # one reader has weight: the value is that reader's, and so is the number of reads
        return _evidence(row, measure, "count(*)")
    return of_readers(row, "auc" if measure.answer == "score_key" else "rate")


def difference(row: Stored, first: str, second: str) -> Evidence:
    """The first technique less the second."""
    measure = _POOLED[str(row["measure_id"]).removesuffix("_difference")]
    steps, left_out = _weighed(measure, "technique", "reader")
    pooled = (
        "SELECT technique, sum(scored) AS scored, sum(pairs) AS pairs, sum(scored) / sum(pairs) AS value, "
        "count(*) AS readers FROM weighed GROUP BY ALL"
    )
    result = (
        f"SELECT (SELECT {_cases(measure)} FROM reads)::DOUBLE AS n, (a.value - b.value)::DOUBLE AS value, "
        + ", ".join(
            f"{side}.{name} AS {name}_{place}"
            for side, place in (("a", "first"), ("b", "second"))
            for name in ("value", "scored", "pairs", "readers")
        )
        + f" FROM pooled a JOIN pooled b ON a.technique = {literal(first)} AND b.technique = {literal(second)}"
    )
    conditions = (*question(row), f"technique IN ({literal(first)}, {literal(second)})")
    contributing = (*steps, ("contributing", "SELECT row FROM reads"))
    return Evidence(CALLS, conditions, (*steps, ("pooled", pooled)), result, contributing, left_out)


def _share(reads: pl.DataFrame, measure: Pooled, part: int) -> float:
    """Share of one part of the variance of the pooled value, cut to 0..1; NaN where the design cannot tell it."""

    def numbered(name: str) -> np.ndarray:
        return reads[name].rank("dense").cast(pl.Int64).to_numpy() - 1

    answers = reads["call"] == "present" if measure.answer == "call" else reads["score_key"]
    ones = np.ones(reads.height)
    result = mrmc(
        Reads(
            np.zeros(reads.height, dtype=np.int64),
            numbered("reader"),
            numbered("case_id"),
            (reads["truth"] == "present").to_numpy(),
            answers.cast(pl.Float64).to_numpy(),
            ones,
            ones < 1,
        ),
        measure.metric,
        1,
    )
    return float(np.clip(result.parts()[0, part] / result.variance[0], 0, 1))


def variance_share(row: Stored) -> Evidence:
    """What readers, cases, or both together put into the variance of a pooled value."""
    measure = _POOLED[str(row["measure_id"]).removesuffix("_variance_share")]
    evidence = _evidence(row, measure, _cases(measure), ("scored", "pairs", "pooled_value"))
    part = _VARIANCE_PARTS.index(str(row["category"]))
    name = f'overread.stats.reader_studies.mrmc.mrmc(reads, "{measure.metric}", 1): parts()[0, {part}] / variance[0]'
    return replace(evidence, statistic=Statistic(name, partial(_share, measure=measure, part=part)))
