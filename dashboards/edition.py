"""An edition: the pages of one audience in one language, and what they all share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import duckdb

from dashboards.alerts import Alert, read_alerts
from dashboards.movement import Key, Movement, movements
from dashboards.network import Network, Vendor
from dashboards.release import Cell, Released
from dashboards.sparkline import months_between
from dashboards.topics import Column, columns, is_study, topic_at
from dashboards.words import Words


@dataclass(frozen=True, slots=True)
class Page:
    """A page to render.

    Attributes:
        name: File name without language and ending, e.g. "vendor-northlight".
        template: Template.
        context: What the template shows.
    """

    name: str
    template: str
    context: Mapping[str, object]


@dataclass(frozen=True)
class Edition:
    """Everything that the pages of one audience and language share.

    Attributes:
        connection: The warehouse.
        network: Whose pages these are.
        released: Measures of this audience.
        words: Language.
        assets: Address of the shared files, seen from a page.
        languages: Languages that are published.
    """

    connection: duckdb.DuckDBPyConnection
    network: Network
    released: Released
    words: Words
    assets: str
    languages: tuple[str, ...] = ("en",)

    def link(self, name: str, anchor: str = "", language: str | None = None) -> str:
        """Address of a page of this edition, or of the same page in another language."""
        tag = (language or self.words.language).replace("_", "-")
        ending = ".html" if tag == "en" else f".{tag}.html"
        return name + ending + (f"#{anchor}" if anchor else "")

    @cached_property
    def columns(self) -> list[Column]:
        """The measures that this site shows."""
        return columns(self.released)

    @cached_property
    def study(self) -> bool:
        """Whether this is a reader study."""
        return is_study(self.columns)

    @cached_property
    def periods(self) -> list[str]:
        """Every month from the first to the last with rows."""
        found = self.released.periods()
        return months_between(found[0], found[-1]) if found else []

    @cached_property
    def held(self) -> list[tuple[str, str, str]]:
        """Held months: (month, check, why)."""
        return self.connection.execute(
            "SELECT month, check_name, message FROM held_month ORDER BY ALL"
        ).fetchall()

    @cached_property
    def cutoff(self) -> datetime | None:
        """Data cut-off."""
        return self.released.cutoff()

    @cached_property
    def alerts(self) -> list[Alert]:
        """Signals, worst first."""
        return read_alerts(self.connection, self.released)

    @cached_property
    def movements(self) -> dict[Key, Movement]:
        """Both icons of every monthly series that is followed, {} where no chart was made."""
        return movements(self.connection, self.released)

    def movement(self, cell: Cell | None) -> Movement | None:
        """Both icons of a cell's series, None where it is not followed."""
        if cell is None:
            return None
        key = (cell.topic.measure_id, cell.topic.keys, frozenset(cell.place.items()))
        return self.movements.get(key)

    @cached_property
    def judges_change(self) -> bool:
        """Whether months are followed on control charts."""
        return bool(self.movements)

    @cached_property
    def vendors(self) -> list[Vendor]:
        """Vendors with released rows, in configured order."""
        seen = {
            vendor
            for measure_id in self.released.measures()
            for vendor in self.released.values(measure_id, "vendor")
        }
        return [vendor for vendor in self.network.vendors if vendor.id in seen]

    def values(self, dimension: str, order: tuple[str, ...] = ()) -> list[str]:
        """Values of a dimension for which the shown measures have rows."""
        found = {
            value
            for column in self.columns
            for value in self.released.values(column.measure_id, dimension)
        }
        return sorted(found, key=lambda v: (order.index(v) if v in order else len(order), v))

    def total(self, column: Column, place: Mapping[str, str] | None = None) -> Cell | None:
        """A column's cell at a place, over all months."""
        return self.released.total(topic_at(self.released, column, place or {}), place)

    def months(self, column: Column, place: Mapping[str, str] | None = None) -> list[Cell]:
        """A column's monthly cells at a place."""
        return self.released.months(topic_at(self.released, column, place or {}), place)

    @property
    def cutoff_words(self) -> str:
        """Data cut-off in words."""
        if self.cutoff is None:
            return self.words.text("the data carry no dates")
        return self.words.text("data to {day}", day=self.words.day(self.cutoff))

    @property
    def span(self) -> str:
        """The months in words; undated data say so."""
        return self.words.months(self.periods) or self.words.text("undated")
