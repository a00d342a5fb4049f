"""What cannot be measured of a vendor: answers of one without an algorithm, peer review of an algorithm."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.definitions import definition
from dashboards.edition import Edition
from dashboards.release import Cell
from dashboards.topics import REVIEW, Column, topic_at
from dashboards.words import marked

_NO_ALGORITHM = marked("this vendor reads without an algorithm of its own")
_NO_REPORT = marked("an algorithm writes no report to review")


def inapplicable(edition: Edition, column: Column, place: Mapping[str, str]) -> Cell | None:
    """A cell that says why a vendor has no such result, None where it could have one."""
    vendor = next((v for v in edition.network.vendors if v.id == place.get("vendor")), None)
    if vendor is None:
        return None
    if column.subject == "algorithm" and vendor.kind == "readers":
        reason = _NO_ALGORITHM
    elif column.measure_id in REVIEW and vendor.kind == "ai":
        reason = _NO_REPORT
    else:
        return None
    topic = topic_at(edition.released, column, place)
    return Cell(
        topic, place, None, definition(column.measure_id).version, None, None, None, None, None, None, None, None,
        "not_applicable", reason, "value", None, None, None, None,
    )  # fmt: skip
