"""Every measure, declared once: its question, its parts, its interval and its source."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from overread.measures.catalogue.accuracy import ACCURACY
from overread.measures.catalogue.agreement import AGREEMENT
from overread.measures.catalogue.ai import AI
from overread.measures.catalogue.ai_calibration import AI_CALIBRATION
from overread.measures.catalogue.ai_drift import AI_DRIFT
from overread.measures.catalogue.ai_versions import AI_VERSIONS
from overread.measures.catalogue.comparison import COMPARISON
from overread.measures.catalogue.concordance import CONCORDANCE
from overread.measures.catalogue.credits import CREDITS
from overread.measures.catalogue.discrepancies import DISCREPANCIES
from overread.measures.catalogue.late_reviews import LATE_REVIEWS
from overread.measures.catalogue.measure import Measure
from overread.measures.catalogue.reciprocity import RECIPROCITY
from overread.measures.catalogue.reviewers import REVIEWERS
from overread.measures.catalogue.sampling import SAMPLING
from overread.measures.catalogue.time_to_report import TIME_TO_REPORT
from overread.measures.catalogue.turnaround import TURNAROUND

__all__ = ["CATALOGUE", "Measure"]

CATALOGUE: Final = MappingProxyType(
    {
        measure.id: measure
        for measure in (
            *CONCORDANCE,
            *SAMPLING,
            *DISCREPANCIES,
            *LATE_REVIEWS,
            *REVIEWERS,
            *RECIPROCITY,
            *TURNAROUND,
            *TIME_TO_REPORT,
            *CREDITS,
            *ACCURACY,
            *AGREEMENT,
            *AI,
            *COMPARISON,
            *AI_DRIFT,
            *AI_CALIBRATION,
            *AI_VERSIONS,
        )
    }
)
