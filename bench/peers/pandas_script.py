"""Kappa, AUC and quantiles per vendor x region x modality x month, as an analyst writes it today.

pandas groups, scikit-learn and NumPy compute group by group. Nothing here knows of Overread.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score, roc_auc_score

STRATUM = ["vendor", "region", "modality", "month"]
QUANTILES = [0.5, 0.9]


def kappas(pairs: pd.DataFrame) -> pd.Series:
    """Cohen's kappa of the algorithm's call and the reader's call."""
    answers = ["present", "absent"]
    both = pairs[pairs["call"].isin(answers) & pairs["reader_call"].isin(answers)]
    found = {}
    for stratum, group in both.groupby(STRATUM, observed=True):
        used = set(group["call"]) | set(group["reader_call"])
        if len(used) == 2:
            found[stratum] = cohen_kappa_score(group["call"], group["reader_call"])
    return pd.Series(found)


def aucs(pairs: pd.DataFrame) -> pd.Series:
    """Area under the ROC curve of the algorithm's score against the truth."""
    known = pairs[pairs["truth"].isin(["present", "absent"]) & pairs["score"].notna()]
    found = {}
    for stratum, group in known.groupby(STRATUM, observed=True):
        if group["truth"].nunique() == 2:
            found[stratum] = roc_auc_score(group["truth"] == "present", group["score"])
    return pd.Series(found)


def quantiles(tasks: pd.DataFrame) -> pd.DataFrame:
    """Median and 90th percentile of each interval: the smallest value with that share at or below it."""
    intervals = [name for name in tasks.columns if name not in STRATUM]
    found = {}
    for stratum, group in tasks.groupby(STRATUM, observed=True):
        for interval in intervals:
            seconds = group[interval].dropna()
            if len(seconds):
                found[(*stratum, interval)] = np.quantile(seconds, QUANTILES, method="inverted_cdf")
    return pd.DataFrame.from_dict(found, orient="index", columns=QUANTILES)


def run(folder: Path) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Read both tables and compute all three."""
    pairs = pd.read_parquet(folder / "pairs.parquet")
    tasks = pd.read_parquet(folder / "tasks.parquet")
    return kappas(pairs), aucs(pairs), quantiles(tasks)
