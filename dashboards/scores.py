"""Scores of an algorithm against the reference: the thresholds of its ROC curve, and bins of equal counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.algorithms import Version
from dashboards.curves import Row, curve
from dashboards.edition import Edition

_ROC: Final = ("vendor", "threshold", "tp", "fp", "positives", "negatives")
_BINS: Final = ("vendor", "bin", "n", "events", "mean_probability", "share", "low", "high")


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a threshold calls; `score` is None where it calls nobody."""

    score: float | None
    tp: int
    fn: int
    fp: int
    tn: int

    @property
    def sensitivity(self) -> float:
        """Share of the diseased that it calls."""
        return self.tp / (self.tp + self.fn)

    @property
    def specificity(self) -> float:
        """Share of the healthy that it spares."""
        return self.tn / (self.tn + self.fp)


@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the cases by their score: how many have the finding, and Wilson's interval of their share."""

    number: int
    n: int
    positives: int
    predicted: float
    value: float
    low: float
    high: float


def _rows(
    edition: Edition,
    version: Version,
    place: Mapping[str, str],
    table: str,
    values: Sequence[str],
    order: str,
) -> list[Row]:
    """Rows of a version; of an algorithm that several vendors deliver, those of the first."""
    found = curve(edition.connection, table, values, {**version.keys(), **place}, order)
    first = min((row["vendor"] or "" for row in found), default="")
    return [row for row in found if (row["vendor"] or "") == first]


def thresholds(edition: Edition, version: Version, place: Mapping[str, str]) -> list[Threshold]:
    """The ROC curve from the threshold that calls nobody to the lowest, [] where it is not told."""
    rows = _rows(edition, version, place, "roc_curve", _ROC, "threshold")[::-1]
    if not rows:
        return []
    sick, well = rows[0]["positives"], rows[0]["negatives"]
    return [
        Threshold(None, 0, sick, 0, well),
        *(
            Threshold(row["threshold"], row["tp"], sick - row["tp"], row["fp"], well - row["fp"])
            for row in rows
        ),
    ]


def bins(edition: Edition, version: Version, place: Mapping[str, str]) -> list[Bin]:
    """Ten bins of about as many cases each, lowest scores first; [] where they are not told."""
    return [
        Bin(
            row["bin"] + 1,
            row["n"],
            row["events"],
            row["mean_probability"],
            row["share"],
            row["low"],
            row["high"],
        )
        for row in _rows(edition, version, place, "calibration_curve", _BINS, "bin")
        if row["n"]
    ]
