"""What the pages read of `measure_release`: cells, looked up by topic, place and month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import duckdb

PLACES: Final = (
    "vendor",
    "region",
    "site",
    "modality",
    "technique",
    "service",
    "engagement",
    "facility_type",
    "deployment",
    "patient_class",
    "priority",
)
KEYS: Final = (
    "route",
    "category",
    "interval",
    "algorithm",
    "algorithm_version",
    "finding",
    "reference",
    "population",
    "reader",
)
_VALUES: Final = (
    "definition_version",
    "n",
    "numerator",
    "denominator",
    "value",
    "low",
    "high",
    "method",
    "target",
    "status",
    "reason",
    "shown",
    "note",
    "band_low",
    "band_median",
    "band_high",
)
# The grains that pages show; finer ones stay in the table for `overread explain`.
_GRAINS: Final = frozenset(
    frozenset(names)
    for names in (
        (),
        ("vendor",),
        ("region",),
        ("site",),
        ("modality",),
        ("technique",),
        ("vendor", "region"),
        ("vendor", "modality"),
        ("vendor", "technique"),
        ("region", "modality"),
    )
)

_SHOWN: Final = (
    "measure_id = ? AND reader IS NULL AND service IS NULL AND engagement IS NULL AND facility_type IS NULL "
    "AND deployment IS NULL AND patient_class IS NULL AND priority IS NULL "
    "AND (vendor IS NULL OR region IS NULL OR modality IS NULL)"
)

Items = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Topic:
    """What is measured: a measure with the categories that stay apart.

    Attributes:
        measure_id: Entry of the catalogue.
        keys: Category -> value, e.g. interval -> completed_to_final.
    """

    measure_id: str
    keys: Items = frozenset()

    def key(self, name: str) -> str | None:
        """Value of one category, None where it is rolled up."""
        return dict(self.keys).get(name)


@dataclass(frozen=True, slots=True)
class Cell:
    """One released row.

    Attributes:
        topic: What is measured.
        place: Dimension -> value; a dimension that is rolled up is absent.
        period: Month "YYYY-MM", "undated", or None for all months in scope.
        status: ok | insufficient | not_applicable | blocked.
        shown: value | withheld | suppressed: what this audience may see.
    """

    topic: Topic
    place: Mapping[str, str]
    period: str | None
    definition_version: int
    n: float | None
    numerator: float | None
    denominator: float | None
    value: float | None
    low: float | None
    high: float | None
    method: str | None
    target: float | None
    status: str
    reason: str | None
    shown: str
    note: str | None
    band_low: float | None
    band_median: float | None
    band_high: float | None

    @property
    def drawn(self) -> bool:
        """Whether there is a value that this audience may see."""
        return self.status == "ok" and self.shown != "suppressed" and self.value is not None


@dataclass
class Released:
    """The released measures of one audience.

    Attributes:
        connection: The warehouse.
        audience: committee | vendor | public.
        recipient: Vendor that a vendor's release is for, else None.
    """

    connection: duckdb.DuckDBPyConnection
    audience: Literal["committee", "vendor", "public"] = "committee"
    recipient: str | None = None
    _measures: dict[str, dict[tuple[Items, Items], dict[str | None, Cell]]] = field(
        default_factory=dict
    )
    _names: list[str] | None = None
    _totals: dict[str, dict[Items, list[Cell]]] = field(default_factory=dict)
    _finer: dict[tuple[Topic, Items], dict[str | None, Cell]] = field(default_factory=dict)

    def _scope(self) -> tuple[str, list[str | None]]:
        return "audience = ? AND recipient IS NOT DISTINCT FROM ?", [self.audience, self.recipient]

    def rows(self, where: str, parameters: list[str | None]) -> Iterator[Cell]:
        """Cells of this audience that satisfy a condition, in a stable order."""
        scope, fixed = self._scope()
        names = ", ".join(f'"{name}"' for name in (*PLACES, *KEYS))
        found = self.connection.execute(
            f"SELECT measure_id, period, {names}, {', '.join(_VALUES)} FROM measure_release "
            f"WHERE {scope} AND {where} ORDER BY ALL NULLS FIRST",
            [*fixed, *parameters],
        ).fetchall()
        keys_at, values_at = 2 + len(PLACES), 2 + len(PLACES) + len(KEYS)
        for row in found:
            place = {n: v for n, v in zip(PLACES, row[2:keys_at], strict=True) if v is not None}
            keys = frozenset(
                (n, v) for n, v in zip(KEYS, row[keys_at:values_at], strict=True) if v is not None
            )
            yield Cell(Topic(row[0], keys), place, row[1], *row[values_at:])

    def _of(self, measure_id: str) -> dict[tuple[Items, Items], dict[str | None, Cell]]:
        if measure_id not in self._measures:
            table: dict[tuple[Items, Items], dict[str | None, Cell]] = {}
            for cell in self.rows(_SHOWN, [measure_id]):
                if frozenset(cell.place) in _GRAINS:
                    place = frozenset(cell.place.items())
                    table.setdefault((cell.topic.keys, place), {})[cell.period] = cell
            self._measures[measure_id] = table
        return self._measures[measure_id]

    def total(self, topic: Topic, place: Mapping[str, str] | None = None) -> Cell | None:
        """The cell over all months in scope."""
        return self.at(topic, None, place)

    def at(
        self, topic: Topic, period: str | None, place: Mapping[str, str] | None = None
    ) -> Cell | None:
        """The cell of one period."""
        return self._periods(topic, place or {}).get(period)

    def _periods(self, topic: Topic, place: Mapping[str, str]) -> dict[str | None, Cell]:
        """Period -> cell; places finer than pages show are looked up one by one, as a signal names them."""
        where = frozenset(place.items())
        if frozenset(place) in _GRAINS:
            return self._of(topic.measure_id).get((topic.keys, where), {})
        if (topic, where) not in self._finer:
            named = {**place, **dict(topic.keys)}
            same = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ?' for name in (*PLACES, *KEYS))
            parameters = [topic.measure_id, *(named.get(name) for name in (*PLACES, *KEYS))]
            self._finer[topic, where] = {
                cell.period: cell for cell in self.rows(f"measure_id = ? AND {same}", parameters)
            }
        return self._finer[topic, where]

    def months(self, topic: Topic, place: Mapping[str, str] | None = None) -> list[Cell]:
        """The monthly cells, oldest first, whatever order they arrived in; "undated" is no month."""
        found = self._periods(topic, place or {})
        return [found[p] for p in sorted(p for p in found if p is not None and p[:1].isdigit())]

    def topics(self, measure_id: str, place: Mapping[str, str] | None = None) -> list[Cell]:
        """The all-months cell of every topic of a measure at a place."""
        if measure_id not in self._totals:
            totals: dict[Items, list[Cell]] = {}
            for (_, where), periods in self._of(measure_id).items():
                if None in periods:
                    totals.setdefault(where, []).append(periods[None])
            self._totals[measure_id] = totals
        return list(self._totals[measure_id].get(frozenset((place or {}).items()), ()))

    def across(
        self, topic: Topic, name: str, place: Mapping[str, str] | None = None
    ) -> dict[str, Cell]:
        """All-months cells along one dimension: its value -> cell."""
        fixed = frozenset((place or {}).items())
        result = {}
        for (keys, where), periods in self._of(topic.measure_id).items():
            rest = where - fixed
            if keys == topic.keys and fixed <= where and len(rest) == 1 and None in periods:
                ((dimension, value),) = rest
                if dimension == name:
                    result[value] = periods[None]
        return result

    def by_reader(self, topic: Topic) -> dict[str, list[Cell]]:
        """All-months cells of each reader of a topic: vendor -> cells, readers in the order of their tokens."""
        where = " AND ".join(f'"{name}" IS NULL' for name in PLACES if name != "vendor")
        found: dict[str, list[Cell]] = {}
        for cell in self.rows(
            f"measure_id = ? AND period IS NULL AND reader IS NOT NULL AND vendor IS NOT NULL AND {where}",
            [topic.measure_id],
        ):
            if cell.topic.keys - {("reader", cell.topic.key("reader") or "")} == topic.keys:
                found.setdefault(cell.place["vendor"], []).append(cell)
        return found

    def readers(self) -> int:
        """Number of readers with results of their own."""
        scope, fixed = self._scope()
        row = self.connection.execute(
            f"SELECT count(DISTINCT reader) FROM measure_release WHERE {scope}", fixed
        ).fetchone()
        return int(row[0]) if row else 0

    def values(self, measure_id: str, name: str) -> list[str]:
        """Values of one dimension for which a measure has rows by that dimension alone."""
        return sorted(
            {
                value
                for _, where in self._of(measure_id)
                if len(where) == 1
                for dimension, value in where
                if dimension == name
            }
        )

    def measures(self) -> list[str]:
        """Names of the measures that this audience receives."""
        if self._names is None:
            scope, fixed = self._scope()
            found = self.connection.execute(
                f"SELECT DISTINCT measure_id FROM measure_release WHERE {scope} ORDER BY 1", fixed
            ).fetchall()
            self._names = [row[0] for row in found]
        return list(self._names)

    def periods(self) -> list[str]:
        """Months that have rows, oldest first."""
        scope, fixed = self._scope()
        return [
            row[0]
            for row in self.connection.execute(
                "SELECT DISTINCT period FROM measure_release "
                f"WHERE {scope} AND regexp_matches(period, '^[0-9]{{4}}-[0-9]{{2}}$') ORDER BY 1",
                fixed,
            ).fetchall()
        ]

    def cutoff(self) -> datetime | None:
        """The data cut-off (UTC), None where the data carry no time."""
        row = self.connection.execute("SELECT max(data_cutoff) FROM measure_release").fetchone()
        cutoff: datetime | None = row[0] if row else None
        return cutoff
