"""The catalogue: which counts and which statistic make which named measure."""

from overread.measures.compute import compute

__all__ = ["compute"]
