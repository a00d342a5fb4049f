"""The RADPEER distribution of a place, per 100 reviews; score 1 is a number, not a bar that hides the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.edition import Edition
from dashboards.reading import Reading, read
from dashboards.release import Topic
from dashboards.words import marked
from overread.model.codes import RADPEER

_MEANING = {
    "1": marked("concur"),
    "2": marked("discrepancy, understandable; significance not recorded"),
    "2a": marked("discrepancy, understandable; unlikely to be significant"),
    "2b": marked("discrepancy, understandable; likely to be significant"),
    "3": marked("discrepancy that should be made most of the time; significance not recorded"),
    "3a": marked("discrepancy, should be made most of the time; unlikely to be significant"),
    "3b": marked("discrepancy, should be made most of the time; likely to be significant"),
    "4": marked("older form: discrepancy that should be made almost every time"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """One score.

    Attributes:
        code: Score.
        meaning: What it says.
        reading: Its share.
        width: Length of its bar in percent of the longest one, None for score 1.
        significant: Whether the score is likely to matter clinically.
    """

    code: str
    meaning: str
    reading: Reading
    width: float | None
    significant: bool


def radpeer(edition: Edition, place: Mapping[str, str]) -> list[Score]:
    """Scores that occur at a place, [] where none are released."""
    words = edition.words
    cells = {
        score: cell
        for score in RADPEER.codes
        if (
            cell := edition.released.total(
                Topic("radpeer_share", frozenset({("category", score)})), place
            )
        )
    }
    longest = max(
        (cell.value for score, cell in cells.items() if score != "1" and cell.value), default=0.0
    )
    return [
        Score(
            score,
            words.text(_MEANING[score]),
            read(words, cell),
            None
            if score == "1" or not longest or cell.value is None
            else round(100 * cell.value / longest, 1),
            score.endswith("b"),
        )
        for score, cell in cells.items()
    ]
