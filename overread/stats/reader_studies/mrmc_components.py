"""Variance of a pooled value of a reader study, and its parts, from moments by what two reads share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from overread.stats.estimate import FloatArray

Kind = tuple[str, ...]
# What two reads can share; the last kind shares nothing.
KINDS: Final[tuple[Kind, ...]] = (
    ("reader", "positive", "negative"),
    ("reader", "positive"),
    ("reader", "negative"),
    ("positive", "negative"),
    ("reader",),
    ("positive",),
    ("negative",),
    (),
)


@dataclass(frozen=True, slots=True)
class Components:
    """Moments of the products of two reads, by what the two reads share, of one pair of modalities.

    The variance (or covariance) is `coefficients @ moments` less the moment that shares nothing.

    Attributes:
        shared: What both factors share, e.g. ("reader", "positive"); the last one is (), nothing.
        moments: Unbiased mean product, shape S + (kinds,); NaN where the design has no such pair.
        coefficients: Share of all pairs of that kind in the design, shape S + (kinds,); they sum to 1.
        centred: The moments of scores less their pooled value, shape S + (kinds,).
    """

    shared: tuple[Kind, ...]
    moments: FloatArray
    coefficients: FloatArray
    centred: FloatArray

    @property
    def covariance(self) -> FloatArray:
        """Unbiased variance or covariance, shape S; NaN where no two reads differ in reader and in cases."""
        present = self.coefficients > 0
        products = np.where(present, self.coefficients * self.moments, 0.0)
        return np.asarray(products.sum(axis=-1) - self.moments[..., -1])

    def about_value(self) -> Components:
        """The same from scores less their pooled value: equal in a fully crossed design, far less noisy in others.

        Where readers read different cases, the square of the pooled value and the mean product of two reads
        that share nothing weigh the reads differently, and the noise of that difference can exceed the variance
        itself. Scores less their mean have no such noise.
        """
        return replace(self, moments=self.centred)

    def without(self, axis: str) -> Components:
        """The same without an axis on which each reader has one case of its own: it is the reader's axis again."""
        kept = [at for at, kind in enumerate(self.shared) if (axis in kind) == ("reader" in kind)]
        kinds = tuple(tuple(name for name in self.shared[at] if name != axis) for at in kept)
        return replace(
            self,
            shared=kinds,
            moments=self.moments[..., kept],
            coefficients=self.coefficients[..., kept],
            centred=self.centred[..., kept],
        )

    def parts(self) -> FloatArray:
        """What readers, cases, and readers with cases together put into the covariance, shape S + (3,).

        With v(k) the variance of the effect of exactly k (a reader, a diseased case, ...), two reads that share
        the axes s have the covariance moment(s) - moment() = sum of v(k) over k within s. An effect enters the
        covariance of the pooled value by the share of the pairs that have k in common. The third part is the
        rest. NaN where the design cannot tell an effect, e.g. of cases where each had one reader.
        """
        at = {kind: place for place, kind in enumerate(self.shared)}
        excess = self.moments - self.moments[..., -1:]

        def part(*kinds: Kind) -> FloatArray:
            total = np.zeros(self.moments.shape[:-1])
            for kind in kinds:
                within = [other for other in at if other and set(other) <= set(kind)]
                signs = [(-1.0) ** (len(kind) - len(other)) for other in within]
                having = [at[other] for other in at if set(kind) <= set(other)]
                effect = excess[..., [at[other] for other in within]] @ np.array(signs)
                common = self.coefficients[..., having].sum(axis=-1)
                total = total + np.where(common > 0, effect * common, 0.0)
            return total

        cases = [kind for kind in at if kind and "reader" not in kind]
        readers, of_cases = part(("reader",)), part(*cases)
        return np.stack([readers, of_cases, self.covariance - readers - of_cases], axis=-1)
