"""A mapping: which columns of a source file become which columns of which fact tables."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from overread.feeds.yaml_model import Strict
from overread.model.facts import TABLES


class Cell(Strict):
    """Where a value comes from: one column, several joined, the first that is filled, or a constant."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    separator: str = "/"
    first_of: tuple[str, ...] = ()
    value: str | None = None
    values: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_origin(self) -> Cell:
        given = [bool(self.column), bool(self.columns), bool(self.first_of), self.value is not None]
        if sum(given) != 1:
            raise ValueError("name exactly one of column, columns, first_of, value")
        return self

    def sources(self) -> tuple[str, ...]:
        """Columns of the file that the value is made from."""
        return (self.column,) if self.column else self.columns or self.first_of


def _short(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class Target(Strict):
    """Rows of one fact table made from rows of the file.

    `when` keeps the rows whose column holds one of the values: {reader: ["1"]}.
    """

    table: str
    columns: dict[str, Annotated[Cell, BeforeValidator(_short)]]
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unless: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_the_table(self) -> Target:
        table = TABLES.get(self.table)
        if table is None:
            raise ValueError(f"no table {self.table!r}; use one of {', '.join(TABLES)}")
        names = {column.name for column in table.columns}
        if unknown := sorted(set(self.columns) - names):
            raise ValueError(
                f"{self.table} has no column {', '.join(unknown)}; it has {', '.join(sorted(names))}"
            )
        required = {column.name for column in table.columns if column.required}
        if absent := sorted(required - set(self.columns)):
            raise ValueError(f"{self.table} needs {', '.join(absent)}")
        return self


class Mapping(Strict):
    """How the files of one source are read."""

    source: str = Field(pattern="^[a-z0-9_]+$")
    files: tuple[str, ...] = Field(min_length=1)
    format: Literal["csv", "parquet", "xlsx", "ndjson"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    time_zone: str = "site"
    timestamps: tuple[str, ...] = ("iso",)
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    missing: tuple[str, ...] = ("",)
    rows: tuple[Target, ...] = Field(min_length=1)

    def source_columns(self) -> set[str]:
        """Every column of the file that the mapping reads."""
        cells = {
            name for row in self.rows for cell in row.columns.values() for name in cell.sources()
        }
        return cells | {name for row in self.rows for name in (*row.when, *row.unless)}
