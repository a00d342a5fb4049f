"""How many peer reviews a wanted interval needs, and a reproducible blinded draw of them."""

from overread.sampling.draw import draw
from overread.sampling.plan import SamplingError, plan

__all__ = ["SamplingError", "draw", "plan"]
