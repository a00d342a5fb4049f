"""Small monthly lines, drawn at build as SVG: gaps where a month has no value, the target dashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.release import Cell

WIDTH, HEIGHT, MARGIN = 200.0, 44.0, 4.0


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Coordinates of a line, for the template to draw.

    Attributes:
        segments: Points of each unbroken run of months, as SVG "x,y x,y".
        band: Outline of the intervals of each unbroken run.
        lone: Months without neighbours, as (x, y).
        held: x of each month that a check holds.
        target: y of the target, None without one.
        last: (x, y) of the last value.
    """

    segments: tuple[str, ...]
    band: tuple[str, ...]
    lone: tuple[tuple[float, float], ...]
    held: tuple[float, ...]
    target: float | None
    last: tuple[float, float]
    width: float = WIDTH
    height: float = HEIGHT


def _runs(cells: Sequence[Cell | None]) -> list[list[tuple[int, Cell]]]:
    runs: list[list[tuple[int, Cell]]] = [[]]
    for place, cell in enumerate(cells):
        if cell is not None and cell.drawn:
            runs[-1].append((place, cell))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def sparkline(
    cells: Sequence[Cell], periods: Sequence[str], target: float | None = None
) -> Sparkline | None:
    """The line of a topic over the months of the site.

    Args:
        cells: Monthly cells in any order.
        periods: Every month of the axis, oldest first; a month without a cell is a gap.
        target: Target.

    Returns:
        None where fewer than two months have a value.
    """
    by_month = {cell.period: cell for cell in cells}
    months = [by_month.get(period) for period in periods]
    runs = _runs(months)
    drawn = [cell for run in runs for _, cell in run]
    if len(drawn) < 2:
        return None
    values = [float(cell.value or 0) for cell in drawn] + ([target] if target is not None else [])
    # limits of sparse months would flatten the line: the middle of the intervals sets the scale
    lows = sorted(cell.low for cell in drawn if cell.low is not None)
    highs = sorted(cell.high for cell in drawn if cell.high is not None)
    values += (
        lows[len(lows) // 2 : len(lows) // 2 + 1] + highs[len(highs) // 2 : len(highs) // 2 + 1]
    )
    bottom, top = min(values), max(values)
    span = (top - bottom) or 1.0

    def x(place: int) -> float:
        return round(MARGIN + place * (WIDTH - 2 * MARGIN) / max(len(periods) - 1, 1), 1)

    def y(value: float) -> float:
        at = HEIGHT - MARGIN - (value - bottom) / span * (HEIGHT - 2 * MARGIN)
        return round(min(max(at, 0.0), HEIGHT), 1)

    def points(pairs: list[tuple[float, float]]) -> str:
        return " ".join(f"{left},{top}" for left, top in pairs)

    band = []
    for run in runs:
        limits = [
            (place, c.low, c.high) for place, c in run if c.low is not None and c.high is not None
        ]
        if len(limits) > 1:
            upper = [(x(place), y(high)) for place, _, high in limits]
            lower = [(x(place), y(low)) for place, low, _ in reversed(limits)]
            band.append(points(upper + lower))
    line = [[(x(place), y(float(c.value or 0))) for place, c in run] for run in runs]
    return Sparkline(
        segments=tuple(points(run) for run in line if len(run) > 1),
        band=tuple(band),
        lone=tuple(run[0] for run in line if len(run) == 1),
        held=tuple(x(i) for i, c in enumerate(months) if c is not None and c.status == "blocked"),
        target=None if target is None else y(target),
        last=line[-1][-1],
    )


def months_between(first: str, last: str) -> list[str]:
    """Every month from first to last, those without data included."""
    year, month = map(int, first.split("-"))
    end = tuple(map(int, last.split("-")))
    result = []
    while (year, month) <= end:
        result.append(f"{year:04d}-{month:02d}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return result
