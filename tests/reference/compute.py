"""One door from a reference case to the library's public functions."""

from collections.abc import Callable
from typing import Any

import numpy as np
from compute_monitoring import MONITORING

from overread.stats.accuracy.auc import auc_delong, auc_paired_difference, score_histogram
from overread.stats.accuracy.calibration import calibration
from overread.stats.accuracy.two_by_two import two_by_two
from overread.stats.accuracy.verification import begg_greenes
from overread.stats.comparison.multiplicity import benjamini_hochberg
from overread.stats.estimate import Estimate
from overread.stats.raters.agreement import cohen_kappa, gwet_ac, pabak, percent_agreement
from overread.stats.raters.multi_rater import (
    fleiss_kappa,
    gwet_ac_multi,
    item_counts,
    krippendorff_alpha,
)
from overread.stats.shares.mcnemar import mcnemar
from overread.stats.shares.proportion import clopper_pearson, newcombe_difference, wilson

Answer = dict[str, Any]


def number(value: Any) -> float | None:
    """A plain number, None where there is none."""
    return float(value) if np.isfinite(value) else None


def answer(estimate: Estimate) -> Answer:
    """All parts of one stratum's estimate."""
    if estimate.status[()] != "ok":
        return {"status": str(estimate.status[()])}
    return {name: number(getattr(estimate, name)) for name in ("value", "se", "low", "high")}


def _ratings(given: Answer, options: Answer) -> Any:
    categories = options.get("categories")
    if categories is None:
        categories = 1 + max(
            value for row in given["ratings"] for value in row if value is not None
        )
    ratings = np.array(given["ratings"], dtype=np.float64)
    return item_counts(ratings, categories)


def _mcnemar(given: Answer, _: Answer) -> Answer:
    test = mcnemar(given["table"])
    return {"p_exact": number(test.p_exact), "p_chi2_cc": number(test.p_chi2_cc)}


def _proportion(given: Answer, options: Answer) -> Answer:
    method = {"wilson": wilson, "clopper_pearson": clopper_pearson}[options.get("method", "wilson")]
    return answer(method(given["x"], given["n"]))


def _paired(given: Answer, _: Answer) -> Answer:
    test = auc_paired_difference(
        given["truth"], given["score_a"], given["score_b"], interval="published"
    )
    if not np.isfinite(test.z):
        return {"status": "insufficient"}
    return {**answer(test.difference), "z": number(test.z), "p": number(test.p)}


def _two_by_two(given: Answer, _: Answer) -> Answer:
    table = two_by_two(given["tp"], given["fp"], given["fn"], given["tn"])
    parts = {name: getattr(table, name) for name in table.__slots__}
    return {
        **{name: number(part.value) for name, part in parts.items()},
        **{f"{name}_low": number(part.low) for name, part in parts.items()},
        **{f"{name}_high": number(part.high) for name, part in parts.items()},
    }


def _begg_greenes(given: Answer, _: Answer) -> Answer:
    cells = [given["positive"], given["negative"]]
    result = begg_greenes(
        *([cell[part] for cell in cells] for part in ("diseased", "healthy", "unverified")),
        called_positive=[True, False],
    )
    if {result.sensitivity.status[()], result.specificity.status[()]} != {"ok"}:
        return {"status": "insufficient"}
    return {
        "sensitivity": number(result.sensitivity.value),
        "specificity": number(result.specificity.value),
    }


def _calibration(given: Answer, options: Answer) -> Answer:
    result = calibration(given["truth"], given["probability"], options.get("bins", 10))
    if result.brier.status[()] != "ok":
        return {"status": "insufficient"}
    return {"brier": number(result.brier.value), "ece": number(result.ece.value)}


COMPUTE: dict[str, Callable[[Answer, Answer], Answer]] = {
    "percent_agreement": lambda i, o: answer(
        percent_agreement(i["table"], o.get("weights"), interval="published")
    ),
    "cohen_kappa": lambda i, o: answer(
        cohen_kappa(i["table"], o.get("weights"), interval="published")
    ),
    "pabak": lambda i, _: answer(pabak(i["table"])),
    "gwet_ac": lambda i, o: answer(
        gwet_ac(i["table"], o.get("weights") or "identity", interval="published")
    ),
    "gwet_ac_multi": lambda i, o: answer(
        gwet_ac_multi(_ratings(i, o), o.get("weights") or "identity", interval="published")
    ),
    "fleiss_kappa": lambda i, o: answer(fleiss_kappa(_ratings(i, o), interval="published")),
    "krippendorff_alpha": lambda i, o: answer(
        krippendorff_alpha(_ratings(i, o), o.get("level", "nominal"), interval="published")
    ),
    "mcnemar": _mcnemar,
    "proportion": _proportion,
    "proportion_difference": lambda i, _: answer(
        newcombe_difference(i["x1"], i["n1"], i["x2"], i["n2"])
    ),
    "auc": lambda i, _: answer(
        auc_delong(*score_histogram(i["truth"], i["score"]), interval="published")
    ),
    "auc_paired_difference": _paired,
    "two_by_two": _two_by_two,
    "begg_greenes": _begg_greenes,
    "calibration": _calibration,
    "benjamini_hochberg": lambda i, _: {
        "q": [number(q) for q in benjamini_hochberg(np.array(i["p"], dtype=np.float64))]
    },
    **MONITORING,
}


def compute(metric: str, input: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 - the cases' own word
    """Answer one reference case.

    Raises:
        KeyError: The metric is not one of the library's.
    """
    return COMPUTE[metric](input, options)
