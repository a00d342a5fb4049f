"""Measures -> what each audience may see; all that pages, scorecards and exports read."""

from overread.release.build import build

__all__ = ["build"]
