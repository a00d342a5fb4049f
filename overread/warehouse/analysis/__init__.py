"""Facts made ready for counting: one wide row per task, review, call and AI result, with its month in site time."""

from overread.warehouse.analysis.build import build, data_cutoff, months
from overread.warehouse.analysis.touched import note_touched, touched_months

__all__ = ["build", "data_cutoff", "months", "note_touched", "touched_months"]
