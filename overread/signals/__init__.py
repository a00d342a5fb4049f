"""Measures over time -> what a committee should look at, with its evidence."""

from overread.signals.target import compute

__all__ = ["compute"]
