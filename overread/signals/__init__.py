"""Measures over time -> what a committee should look at, with its evidence."""

from overread.signals.compute import compute

__all__ = ["compute"]
