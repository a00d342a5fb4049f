"""Measures -> what each audience may see; all that pages, scorecards and exports read."""

from overread.release.build import build
from overread.release.published import remember
from overread.release.revisions import compare

__all__ = ["build", "compare", "remember"]
