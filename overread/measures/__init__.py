"""The catalogue: which counts and which statistic make which named measure."""

from overread.measures.compute import compute, refresh

__all__ = ["compute", "refresh"]
