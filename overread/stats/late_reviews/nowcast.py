"""Nowcast of late reviews: what the discrepancy rate of an open month will be once its reviews are in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import Estimate, FloatArray, TextArray, make_estimate
from overread.stats.late_reviews.triangle import (
    Development,
    Mask,
    completed_later,
    dispersion,
    ratio,
)

MIN_MONTHS: Final = 12
MIN_EVENTS: Final = 30
TAIL_UNSEEN: Final = "no origin month is complete: its later delays were never seen"
NO_EVENT: Final = "no discrepant review to learn the delay from"
NOTHING_ASSIGNED: Final = "nothing assigned"
NONE_IN: Final = "assigned, but no review is in"
NO_EARLY: Final = "such reviews never came back so early: no development to project"
METHOD: Final = "two-triangle chain ladder, bootstrap prediction interval"


@dataclass(frozen=True, slots=True)
class Nowcast:
    """Open months projected to their end, beside what is in.

    Attributes:
        rate: Final discrepancy rate, shape (*S, months). The interval is a prediction interval: how far the
            month may still move. A complete month is known, so its interval has no width (how well the
            finished rate measures the vendor is told by the rate's own Wilson interval).
        reviews: Final number of reviews, shape (*S, months), with its prediction interval.
        share_in: Reviews in / final number of reviews, shape (*S, months); NaN where `reviews` is 0 or absent.
        complete: Whether the month has reached the last delay, shape (months,).
        provisional: Open months whose delays were learnt from too little, shape (*S, months).
        provisional_reason: Why, else "".
        concordant_developed: Share of the concordant reviews in by age 1..delays, shape (*P, delays), where P
            is S with the pooled axes of length 1.
        discrepant_developed: The same of the discrepant reviews.
        dispersion: Pearson dispersion of the pooled triangles, never below 1, shape P.
    """

    rate: Estimate
    reviews: Estimate
    share_in: FloatArray
    complete: Mask
    provisional: Mask
    provisional_reason: TextArray
    concordant_developed: FloatArray
    discrepant_developed: FloatArray
    dispersion: FloatArray


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What the pooled triangles tell about delays and completion; arrays of shape (*P, delays)."""

    concordant: Development
    discrepant: Development
    came: FloatArray
    lapsed: FloatArray
    stayed: FloatArray
    phi: FloatArray


def _checked_age(
    triangles: tuple[FloatArray, ...], assigned: FloatArray, age: Any
) -> NDArray[np.int64]:
    """Number of observed delays per month, once the counts are known to fit it."""
    months, delays = triangles[0].shape[-2:]
    ages = np.asarray(np.arange(months, 0, -1) if age is None else age, dtype=np.int64)
    if ages.shape != (months,) or np.any(ages < 1):
        raise ValueError("every origin month needs an age of at least one observed delay")
    if any(np.any(part < 0) for part in triangles):
        raise ValueError("counts are never negative")
    beyond = np.arange(delays) >= ages[:, None]
    if any(np.any(part[..., beyond] > 0) for part in triangles):
        raise ValueError("a triangle holds counts beyond the cut-off")
    if np.any(np.sum([part.sum(axis=-1) for part in triangles], axis=0) > assigned):
        raise ValueError("more reviews done or expired than assigned")
    return np.minimum(ages, delays)


def _learn(
    good: FloatArray, bad: FloatArray, lapsed: FloatArray, assigned: FloatArray, observed: Mask
) -> _Learnt:
    """Sum the pooled triangles over the origin months."""
    concordant, discrepant = (Development.of(part, observed) for part in (good, bad))
    gone = good + bad + lapsed
    at_risk = assigned[..., None] - gone.cumsum(axis=-1) + gone
    came, fell, risk = (
        np.where(observed, part, 0).sum(axis=-2) for part in (good + bad, lapsed, at_risk)
    )
    phi = dispersion((good, bad), (concordant.share_in(), discrepant.share_in()), observed)
    return _Learnt(concordant, discrepant, came, fell, risk - came - fell, phi)


def _redraw(
    learnt: _Learnt,
    ages: NDArray[np.int64],
    concordant: FloatArray,
    discrepant: FloatArray,
    waiting: FloatArray,
    draws: int,
    seed: int,
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Draw final discrepant and all final reviews of each month in turn, each of shape (draws, *S).

    Development factors and completion come from the Bayesian bootstrap of the pooled counts (gamma with mean
    `count` and variance phi x `count`), the month's own composition from its Jeffreys posterior, its outstanding
    reviews from the multinomial.
    """
    rng = np.random.default_rng(seed)
    phi = learnt.phi

    def redrawn(count: FloatArray) -> FloatArray:
        wide = phi[..., None]
        return wide * rng.standard_gamma(count / wide, (draws, *count.shape))

    developed_c, developed_d = (
        np.maximum(Development(redrawn(kind.new), redrawn(kind.before)).share_in(), 1e-12)
        for kind in (learnt.concordant, learnt.discrepant)
    )
    chances = completed_later(*(redrawn(x) for x in (learnt.came, learnt.lapsed, learnt.stayed)))
    for month, age in enumerate(ages):
        g_c, g_d, chance = (part[..., age - 1] for part in (developed_c, developed_d, chances))
        c, d, open_ = (part[..., month] for part in (concordant, discrepant, waiting))
        mix = rng.beta(np.broadcast_to((d + 0.5) / phi, (draws, *d.shape)), (c + 0.5) / phi)
        q = mix / g_d / (mix / g_d + (1 - mix) / g_c)
        coming = open_ * np.clip(chance, 0, 1)
        # What q N lacks. The part that is in is drawn along (`mix x seen`), so that a month with all its
        # discrepant reviews in does not move.
        missing = np.clip(q * (c + d + coming) - mix * (c + d), 0, coming)
        left = np.rint(open_).astype(np.int64)
        more_d = rng.binomial(left, ratio(missing, open_))
        rest = np.clip(ratio(coming - missing, open_ - missing), 0, 1)
        more_c = rng.binomial(left - more_d, rest)
        yield d + more_d, c + d + more_c + more_d


def nowcast(
    concordant: Any,
    discrepant: Any,
    assigned: Any,
    *,
    expired: Any = 0.0,
    age: Any = None,
    pool_axes: tuple[int, ...] = (),
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Nowcast:
    """Project the discrepancy rate of months whose reviews are not all in.

    Arbitration delays the discrepant reviews, so the rate of what is in is too low in young months. Each kind
    has its own triangle and share G that is in by the month's age (chain ladder). With c concordant and d
    discrepant reviews in, q = (d / G_d) / (d / G_d + c / G_c) is the rate to come, robust against a month that is
    slow as a whole; the final number of reviews is N = c + d + open x (chance that an open review is ever done),
    from the assignments; the final rate is q N, held within d..N - c, over N.

    The interval is a bootstrap of the pooled triangles (development factors of different delays are
    uncorrelated: Mack), inflated by their Pearson dispersion, and of what each open month still waits for. It
    takes about ten arrays of 8 bytes x draws x strata.

    Args:
        concordant: Concordant reviews by origin month (of the assignment) and delay in whole months,
            shape (*S, months, delays). The last delay is where reviews end: later ones count as not done.
            Prior-linked reviews do not belong here: they break the triangle.
        discrepant: Discrepant reviews, same shape.
        assigned: Assignments per origin month, shape (*S, months).
        expired: Assignments that lapsed without a review, by delay, shape (*S, months, delays) or 0.
        age: Fully observed delays per origin month, shape (months,); by default the newest month has one.
        pool_axes: Axes of S over which the delays are pooled, such as the vendors within a route.
        draws: Bootstrap replicates.
        seed: Seed of the bootstrap: the same input gives the same interval.
        level: Level of the prediction intervals.

    Returns:
        The nowcast; a complete month comes back with its observed rate. Months are "insufficient" where nothing
        was assigned or is in, and open ones where their pool has no discrepant review, no month that reached the
        last delay, or no reviews that ever came so early. Delays learnt from fewer than 12 origin months or
        30 discrepant reviews make an open month provisional.

    Raises:
        ValueError: Negative counts, counts beyond the cut-off, more done or expired than assigned.

    Source:
        Mack, ASTIN Bulletin 23:213-225 (1993); Lawless, Can J Stat 22:15-31 (1994); England and Verrall,
        British Actuarial Journal 8:443-518 (2002); Rubin, Ann Stat 9:130-134 (1981).
    """
    good, bad, lapsed = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (concordant, discrepant, expired))
    )
    leading, delays = good.ndim - 2, good.shape[-1]
    given = np.broadcast_to(np.asarray(assigned, dtype=np.float64), good.shape[:-1])
    ages = _checked_age((good, bad, lapsed), given, age)
    observed: Mask = np.arange(delays) < ages[:, None]
    complete: Mask = ages == delays
    axes = tuple(axis % leading for axis in pool_axes)
    pools = [part.sum(axis=axes, keepdims=True) for part in (good, bad, lapsed, given)]
    learnt = _learn(pools[0], pools[1], pools[2], pools[3], observed)
    developed_c, developed_d = learnt.concordant.share_in(), learnt.discrepant.share_in()

    c, d = good.sum(axis=-1), bad.sum(axis=-1)
    seen = c + d
    waiting = np.where(complete, 0.0, given - seen - lapsed.sum(axis=-1))
    share_c, share_d = developed_c[..., ages - 1], developed_d[..., ages - 1]
    chance = completed_later(learnt.came, learnt.lapsed, learnt.stayed)[..., ages - 1]
    final = seen + waiting * chance
    grown_c, grown_d = ratio(c, share_c), ratio(d, share_d)
    value = ratio(np.clip(ratio(grown_d, grown_c + grown_d) * final, d, final - c), final)

    # low, high, standard error
    of_rate, of_reviews = (np.stack([part, part, np.zeros_like(part)]) for part in (value, final))
    young = np.flatnonzero(~complete)
    months = _redraw(
        learnt, ages[young], c[..., young], d[..., young], waiting[..., young], draws, seed
    )
    tails = [(1 - level) / 2, (1 + level) / 2]
    for month, (drawn_d, drawn) in zip(young, months, strict=True):
        for draw, summary in ((ratio(drawn_d, drawn), of_rate), (drawn, of_reviews)):
            summary[..., month] = np.stack([*np.quantile(draw, tails, axis=0), draw.std(axis=0)])

    events = pools[1].sum(axis=(-2, -1))[..., None]
    learnt_from = (pools[3] > 0).sum(axis=-1)[..., None]
    young_cells = np.broadcast_to(~complete, value.shape)
    few, short = young_cells & (events < MIN_EVENTS), young_cells & (learnt_from < MIN_MONTHS)
    why = np.full(value.shape, "", dtype=object)
    why[few] = f"provisional: delays learnt from fewer than {MIN_EVENTS} discrepant reviews"
    why[short] = f"provisional: delays learnt from fewer than {MIN_MONTHS} origin months"
    absent = [(given <= 0, NOTHING_ASSIGNED), (young_cells & ~complete.any(), TAIL_UNSEEN)]
    # a kind that is in, or may be on its way, at an age at which none of it was ever in
    blind = (share_d <= 0) | ((share_c <= 0) & (c.sum(axis=-1, keepdims=True) > 0))
    reviews = make_estimate(
        final,
        n=given,
        se=of_reviews[2],
        low=np.minimum(of_reviews[0], final),
        high=np.maximum(of_reviews[1], final),
        method=METHOD,
        insufficient=absent,
    )
    return Nowcast(
        rate=make_estimate(
            value,
            n=seen,
            se=of_rate[2],
            low=np.minimum(of_rate[0], value),
            high=np.maximum(of_rate[1], value),
            method=METHOD,
            insufficient=[
                *absent,
                (seen <= 0, NONE_IN),
                (young_cells & (events <= 0), NO_EVENT),
                (young_cells & blind, NO_EARLY),
            ],
        ),
        reviews=reviews,
        share_in=np.divide(seen, final, out=np.full(final.shape, np.nan), where=reviews.value > 0),
        complete=complete,
        provisional=few | short,
        provisional_reason=why,
        concordant_developed=developed_c,
        discrepant_developed=developed_d,
        dispersion=learnt.phi,
    )
