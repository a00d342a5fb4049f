"""Reference cases of monitoring, survival and drift -> the library's public functions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from overread.stats.comparison.funnel import over_dispersion
from overread.stats.comparison.standardisation import standardised_ratio
from overread.stats.durations.survival import duration_histogram, kaplan_meier, survival_quantiles
from overread.stats.monitoring.cusum import risk_adjusted_cusum
from overread.stats.monitoring.drift import population_stability_index
from overread.stats.monitoring.spc import ControlChart, laney_p_chart, p_chart, xmr_chart

Answer = dict[str, Any]


def numbers(values: Any) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in np.atleast_1d(values)]


def _km(given: Answer, options: Answer) -> Answer:
    curve = kaplan_meier(*duration_histogram(given["time"], given["event"]))
    parts = survival_quantiles(curve, options.get("p", [0.25, 0.5, 0.75]))
    return {name: numbers(part) for name, part in zip(("q", "low", "high"), parts, strict=True)}


def _chart(chart: ControlChart, spread: str | None) -> Answer:
    if chart.status[()] != "ok":
        return {"status": "insufficient"}
    result: Answer = {
        "center": float(chart.centre),
        "low": numbers(chart.low),
        "high": numbers(chart.high),
    }
    return result if spread is None else {**result, spread: float(chart.spread)}


def _xmr(given: Answer, _: Answer) -> Answer:
    chart = _chart(xmr_chart(np.array(given["x"], dtype=np.float64)), "mr_limit")
    # XmR limits are the same in every period: the cases give them once
    return {key: value[0] if isinstance(value, list) else value for key, value in chart.items()}


def _funnel(given: Answer, options: Answer) -> Answer:
    result = over_dispersion(given["x"], given["n"], options.get("winsorise", 0.1))
    if not np.isfinite(result.target):
        return {"status": "insufficient"}
    return {"target": float(result.target), "phi": numbers(result.phi)[0]}


def _ratio(given: Answer, _: Answer) -> Answer:
    exact, byar = (
        standardised_ratio(given["observed"], given["expected"], m) for m in ("exact", "byar")
    )
    if exact.status[()] != "ok":
        return {"status": "insufficient"}
    return {
        "value": float(exact.value),
        "low_exact": float(exact.low),
        "high_exact": float(exact.high),
        "low_byar": float(byar.low),
        "high_byar": float(byar.high),
    }


def _psi(given: Answer, _: Answer) -> Answer:
    result = population_stability_index(given["reference"], given["current"])
    return (
        {"status": "insufficient"} if result.status[()] != "ok" else {"value": float(result.value)}
    )


MONITORING: dict[str, Callable[[Answer, Answer], Answer]] = {
    "km_quantiles": _km,
    "p_chart": lambda i, _: _chart(p_chart(i["x"], i["n"]), None),
    "laney_p_chart": lambda i, _: _chart(laney_p_chart(i["x"], i["n"]), "sigma_z"),
    "xmr_chart": _xmr,
    "funnel_overdispersion": _funnel,
    "standardised_ratio": _ratio,
    "psi": _psi,
    "risk_adjusted_cusum": lambda i, o: {
        "path": risk_adjusted_cusum(i["outcome"], i["risk"], o.get("odds_ratio", 2.0)).tolist()
    },
}
