"""The two icons of a monthly series, with their words: did it change, does it keep its target."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.edition import Edition
from dashboards.movement import assurance_words, variation_words
from dashboards.release import Cell


@dataclass(frozen=True, slots=True)
class Icons:
    """Both icons.

    Attributes:
        mark: Mark of the variation, "" under trial limits.
        arrow: Where the value went, "" where it did not.
        words: Variation in words.
        glyph: Glyph of the assurance, "" under trial limits.
        assured: Assurance in words.
        note: Why no more is said, or up to when the months are settled; "" else.
    """

    mark: str
    arrow: str
    words: str
    glyph: str
    assured: str
    note: str


def icons(edition: Edition, cell: Cell | None) -> Icons | None:
    """Icons of a cell's series, None where it is not followed month by month."""
    moved = edition.movement(cell)
    if moved is None:
        return None
    words = edition.words
    note = words.text(moved.reason)
    if not moved.current and moved.last:
        note = words.text("settled up to {month}", month=words.month(moved.last, short=True))
    return Icons(
        mark=moved.mark,
        arrow=moved.arrow,
        words=variation_words(words, moved),
        glyph=moved.glyph,
        assured=assurance_words(words, moved),
        note=note,
    )
