"""How a number is shown: decimals follow the half-width of its interval.

`static/numerals.js` does the same in the browser; both are held to `tests/dashboards/numerals.json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final, Literal

Unit = Literal["share", "minutes", "coefficient", "ratio", "count", "amount"]
Clock = Literal["s", "min", "h", "d"]

# (fewest, most) decimals, and those of a value without an interval
_DECIMALS: Final = {
    "share": (0, 2, 1),
    "coefficient": (1, 3, 3),
    "ratio": (1, 3, 2),
    "count": (0, 1, 0),
    "amount": (0, 2, 2),
}
_WORDS: Final = {
    "en": {"s": "{} s", "min": "{} min", "h": "{} h", "hm": "{} h {} min", "d": "{} days"},
    "zh_Hant": {
        "s": "{} 秒",
        "min": "{} 分鐘",
        "h": "{} 小時",
        "hm": "{} 小時 {} 分",
        "d": "{} 天",
    },
}
_MINUTES: Final = {"s": Decimal(1) / 60, "min": Decimal(1), "h": Decimal(60), "d": Decimal(1440)}


@dataclass(frozen=True, slots=True)
class Shown:
    """Text of a value and of its limits.

    Attributes:
        value: The value with its unit, e.g. "2.4%" or "5 h 20 min".
        low: Lower limit, None where the interval is withheld; limits carry no unit except in hours.
        high: Upper limit.
    """

    value: str
    low: str | None
    high: str | None


def _rounded(number: Decimal, decimals: int) -> Decimal:
    """Round half away from zero, never to minus zero."""
    result = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def decimals(
    half_width: float | None, unit: Literal["share", "coefficient", "ratio", "count", "amount"]
) -> int:
    """Decimals for a half-width in shown units (percentage points for a share).

    Args:
        half_width: Half the interval's width, None where there is no interval.
        unit: Unit of the measure.
    """
    fewest, most, bare = _DECIMALS[unit]
    if half_width is None:
        return bare
    # -floor(log10 h) by comparison: logarithms differ in the last digit between Python and browsers
    needed = sum(half_width < bound for bound in (1, 0.1, 0.01))
    return min(max(needed, fewest), most)


def clock_of(minutes: Iterable[float]) -> Clock:
    """The one unit for a column of durations: under 2 min seconds, under 120 min minutes, under 48 h hours.

    Args:
        minutes: The column's values; their median decides. An empty column is in minutes.
    """
    values = list(minutes)
    if not values:
        return "min"
    middle = median(values)
    return "s" if middle < 2 else "min" if middle < 120 else "h" if middle < 2880 else "d"


def duration(
    minutes: float, clock: Clock, places: int = 0, *, language: str = "en", bare: bool = False
) -> str:
    """A duration in one unit, e.g. "38 min", "5 h 20 min", "3.2 days".

    Args:
        minutes: The duration.
        clock: Unit of the column.
        places: Decimals of minutes and seconds.
        language: "en" or "zh_Hant".
        bare: Leave out the unit, for limits beside a value (hours keep theirs).
    """
    exact = Decimal(repr(minutes))
    words = _WORDS[language]
    if clock == "h":
        whole = int(_rounded(exact, 0))
        if 0 < whole < 60:
            return words["min"].format(whole)
        return words["hm" if whole % 60 else "h"].format(whole // 60, whole % 60)
    text = f"{_rounded(exact / _MINUTES[clock], 1 if clock == 'd' else places):,}"
    return text if bare else words[clock].format(text)


def show(
    unit: Unit,
    value: float,
    low: float | None = None,
    high: float | None = None,
    target: float | None = None,
    clock: Clock | None = None,
    language: str = "en",
) -> Shown:
    """Text of a value with its interval.

    Args:
        unit: "share" (0 to 1, shown in percent), "minutes", or another unit of the catalogue.
        value: The value.
        low: Lower limit.
        high: Upper limit.
        target: Target; one decimal more is given where rounding would land on it.
        clock: Unit of a column of durations; without it the value decides.
        language: Language of the units of time.
    """
    numbers = [Decimal(repr(x)) for x in (value, low, high) if x is not None]
    width = None if low is None or high is None else (high - low) / 2
    if unit == "minutes":
        clock = clock or clock_of([value])
        scale = 60 if clock == "s" else 1
        places = int(clock in ("s", "min") and width is not None and width * scale < 1)
        texts = [
            duration(float(number), clock, places, language=language, bare=place > 0)
            for place, number in enumerate(numbers)
        ]
    else:
        factor = 100 if unit == "share" else 1
        places = decimals(None if width is None else width * factor, unit)
        numbers = [number * factor for number in numbers]
        goal = None if target is None else Decimal(repr(target)) * factor
        if any(number != goal and _rounded(number, places) == goal for number in numbers):
            places += 1
        texts = [f"{_rounded(number, places):,}" for number in numbers]
        if unit == "share":
            texts[0] += "%"
    return Shown(texts[0], *(texts[1:] if width is not None else (None, None)))


def show_target(unit: Unit, target: float, language: str = "en") -> str:
    """A target as it was agreed: no decimals beyond those it has."""
    if unit == "minutes":
        return duration(target, clock_of([target]), language=language)
    number = Decimal(repr(target)) * (100 if unit == "share" else 1)
    text = f"{number.normalize():f}"
    return text + "%" if unit == "share" else text


def show_blurred(
    unit: Unit,
    value: float,
    low: float | None = None,
    high: float | None = None,
    language: str = "en",
) -> Shown:
    """Text of what vendors are told of one another: shares come in whole percent, and say no more.

    Args:
        unit: Unit of the measure.
        value: A quartile over vendors, or a place among them.
        low: Lower limit.
        high: Upper limit.
        language: Language of the units of time.
    """
    if unit != "share":
        return show(unit, value, low, high, language=language)
    whole, *limits = (
        None if number is None else f"{_rounded(Decimal(repr(number)) * 100, 0)}"
        for number in (value, low, high)
    )
    return Shown(f"{whole}%", *(limits if None not in limits else (None, None)))


def count(number: float) -> str:
    """A count with comma thousands; effective sizes are cut to whole cases."""
    return f"{int(Decimal(repr(float(number))).to_integral_value(ROUND_FLOOR)):,}"


def probability(p: float) -> str:
    """A p- or q-value: two significant places down to 0.001."""
    if p < 0.001:
        return "<0.001"
    exact = Decimal(repr(float(p)))
    return f"{_rounded(exact, 3 if p < 0.095 else 2)}"


def share_of(part: float, whole: float) -> str:
    """A plain percentage of counts; a part that is not zero never shows as 0, nor an incomplete one as 100."""
    if whole == 0:
        return "–"
    exact = Decimal(repr(float(part))) / Decimal(repr(float(whole))) * 100
    text = _rounded(exact, 1)
    if part and text == 0:
        return "<0.1%"
    if part != whole and text == 100:
        return ">99.9%"
    return f"{text}%"
