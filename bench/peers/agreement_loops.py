"""Agreement of many raters stratum by stratum with the packages of PyPI, as their documentation shows it."""

from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from numpy.typing import NDArray

# irrCAC rounds to 5 digits unless told otherwise.
DIGITS = 12


def gwet_ac1(ratings: NDArray[np.float64], categories: int) -> list[float]:
    """Gwet's AC1 of each stratum by irrCAC.

    Args:
        ratings: Category numbers, NaN = missing, shape (strata, items, raters).
        categories: Categories of the scale; irrCAC takes NaN for one of its own where it is not told.
    """
    scale = list(range(categories))
    return [
        CAC(pd.DataFrame(stratum), categories=scale, digits=DIGITS).gwet()["est"][
            "coefficient_value"
        ]
        for stratum in ratings
    ]


def alpha(ratings: NDArray[np.float64], categories: int) -> list[float]:
    """Krippendorff's nominal alpha of each stratum by krippendorff (arguments as above)."""
    scale = list(range(categories))
    return [
        krippendorff.alpha(
            reliability_data=stratum.T, value_domain=scale, level_of_measurement="nominal"
        )
        for stratum in ratings
    ]
