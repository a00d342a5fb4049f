"""The public rows of `measure_release`: settled periods of the fixed tables, revised only in large steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.table import EXTRA, SCHEMA, TEXT, rows
from overread.release.public_history import Version, record, vendors_told, versions
from overread.release.public_tables import PARTS, PUBLIC_TABLES, PublicTable
from overread.release.published import last_load
from overread.release.suppression import Counts, Flags, readable, revisable, tellable, withheld
from overread.stats.estimate import OK
from overread.stats.shares.proportion import wilson

WITHHELD: Final = "not told: a count from 1 to 10 or one vendor's result could be worked out"
HELD: Final = "not told yet: a check holds a month of the period"


@dataclass(frozen=True, slots=True)
class Block:
    """What the measures say of one table in one period.

    Attributes:
        breakdowns: Dimension -> counts per vendor and part, shape (vendors, parts, 2).
        held: Whether a check holds one of its months.
        definition_version: Version of the measure.
    """

    breakdowns: Mapping[str, Counts]
    held: bool
    definition_version: int


def _sums(
    connection: duckdb.DuckDBPyConnection, table: PublicTable, dimension: str
) -> pl.DataFrame:
    """Counts of a table by period, vendor and one dimension."""
    fixed = dict(table.keys)
    kept = {"period", "vendor", dimension, *fixed}
    where = " AND ".join(
        [f"{name} IS NULL" for name in (*TEXT, *EXTRA) if name not in kept]
        + [f"{name} = ?" for name in fixed]
    )
    frame: pl.DataFrame = connection.sql(
        f"""SELECT {table.period} AS period, vendor, {dimension} AS part, sum(coalesce(numerator, 0)) AS events,
            sum(coalesce(denominator, 0)) AS cases, bool_or(status = 'blocked') AS held,
            max(definition_version) AS definition_version
        FROM measure WHERE measure_id = ? AND vendor IS NOT NULL AND {dimension} IS NOT NULL
            AND regexp_matches(period, '^[0-9]{{4}}-[0-9]{{2}}$') AND {where}
        GROUP BY ALL ORDER BY ALL""",
        params=[table.measure_id, *fixed.values()],
    ).pl()
    return frame


def _counts(frame: pl.DataFrame, vendors: Sequence[str], parts: Sequence[str]) -> Counts:
    """Counts per vendor and part; a part that is not listed counts as unknown, the last one."""
    counts = np.zeros((len(vendors), len(parts), 2), dtype=np.int64)
    at = (
        [vendors.index(vendor) for vendor in frame["vendor"]],
        [parts.index(part) if part in parts else len(parts) - 1 for part in frame["part"]],
    )
    events, cases = (frame[name].to_numpy().astype(np.int64) for name in ("events", "cases"))
    np.add.at(counts, at, np.column_stack([events, cases - events]))
    return counts


def _blocks(
    table: PublicTable, sums: Mapping[str, pl.DataFrame], vendors: Sequence[str]
) -> dict[str, Block]:
    """Every period of a table.

    Raises:
        ValueError: Counts are not whole, or two breakdowns do not count the same cases.
    """
    every = pl.concat(sums.values())
    numbers = every.select("events", "cases").to_numpy()
    if np.any(numbers != np.rint(numbers)):
        raise ValueError(f"{table.id}: a public table needs whole counts, not weighted ones")
    blocks = {}
    for period in every["period"].unique().sort():
        here = every.filter(pl.col("period") == period)
        breakdowns = {
            name: _counts(frame.filter(pl.col("period") == period), vendors, PARTS[name])
            for name, frame in sums.items()
        }
        totals = [parts.sum(axis=1) for parts in breakdowns.values()]
        if any(not np.array_equal(total, totals[0]) for total in totals):
            raise ValueError(f"{table.id} {period}: its breakdowns do not count the same cases")
        blocks[period] = Block(
            breakdowns, bool(here["held"].any()), int(here["definition_version"].to_numpy().max())
        )
    return blocks


def _next(block: Block, before: Sequence[Version], cutoff: datetime) -> Version | None:
    """The version that may be published now, None where what is public has to stay as it is."""
    told = list(block.breakdowns.values())
    if block.held:
        return None
    if not before:
        if not tellable(told[0].sum(axis=1, keepdims=True))[0]:
            return None
        hidden: Mapping[str, Flags] = {n: withheld(c) for n, c in block.breakdowns.items()}
    else:
        # what is untold once stays untold: a pattern that changes would tell the parts by and by
        hidden = before[0].hidden
        old = [readable(list(v.breakdowns.values()), list(hidden.values())) for v in before]
        if not revisable(readable(told, list(hidden.values())), np.stack(old)):
            return None
    return Version(block.breakdowns, hidden, block.definition_version, cutoff)


def _same(one: Version, other: Version) -> bool:
    """Whether two versions look the same to everybody."""
    return all(
        np.array_equal(counts.sum(axis=0), other.breakdowns[name].sum(axis=0))
        for name, counts in one.breakdowns.items()
    )


def _rows(table: PublicTable, period: str, version: Version | None, note: str) -> pl.DataFrame:
    """Total and parts of one period with their numbers where they are told, else with the note."""
    total = np.zeros((1, 2), dtype=np.int64)
    places: list[dict[str, str]] = [{}]
    shown = [np.array([version is not None])]
    told = [total if version is None else version.breakdowns[table.by[0]].sum(axis=(0, 1))[None]]
    for name in table.by:
        empty = np.zeros((len(PARTS[name]), 2), dtype=np.int64)
        places += [{name: part} for part in PARTS[name]]
        shown += [np.zeros(len(empty), np.bool_) if version is None else ~version.hidden[name]]
        told += [empty if version is None else version.breakdowns[name].sum(axis=0)]
    open_ = np.concatenate(shown)
    counts = np.where(open_[:, None], np.concatenate(told), 0)
    events, cases = counts[:, 0], counts.sum(axis=1)
    fixed = {"period": period, **dict(table.keys)}
    strata = pl.DataFrame([fixed | place for place in places], infer_schema_length=None)
    frame = rows(
        table.measure_id, strata, wilson(events, cases), numerator=events, denominator=cases
    ).with_columns(shown=pl.Series(np.where(open_, "value", "suppressed")))
    untold = pl.col("shown") == "suppressed"
    return frame.with_columns(
        *(
            pl.when(~untold).then(pl.col(name)).alias(name)
            for name in ("n", "numerator", "denominator")
        ),
        status=pl.when(untold).then(pl.lit(OK)).otherwise("status"),
        reason=pl.when(untold).then(pl.lit("")).otherwise("reason"),
        note=pl.when(untold).then(pl.lit(note)).otherwise(pl.lit("")),
    )


def _release(
    connection: duckdb.DuckDBPyConnection, table: PublicTable, cutoff: datetime
) -> Iterator[pl.DataFrame]:
    """Rows of one table, its new versions recorded."""
    sums = {name: _sums(connection, table, name) for name in table.by}
    seen = {vendor for frame in sums.values() for vendor in frame["vendor"]}
    vendors = sorted(seen.union(vendors_told(connection, table)))
    blocks, told = _blocks(table, sums, vendors), versions(connection, table, vendors)
    load_id = last_load(connection)
    settled = {period: block for period, block in blocks.items() if table.settled(period, cutoff)}
    for period in sorted({*settled, *told}):
        before = told.get(period, [])
        # a release as of an earlier day shows what was public then
        public = [version for version in before if version.data_cutoff <= cutoff]
        block = settled.get(period)
        new = _next(block, before, cutoff) if block else None
        if new and not (public and _same(new, public[-1])):
            record(connection, table, period, vendors, new, len(before) + 1, load_id)
            public.append(new)
        if public:
            last = public[-1]
            frame = _rows(table, period, last, WITHHELD)
            definition, as_of = last.definition_version, last.data_cutoff
        elif block:
            frame = _rows(table, period, None, HELD if block.held else WITHHELD)
            definition, as_of = block.definition_version, cutoff
        else:
            continue
        yield frame.with_columns(
            definition_version=pl.lit(definition, pl.Int64),
            data_cutoff=pl.lit(as_of, pl.Datetime("us")),
        )


def release_to_public(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The public rows, in the columns of `measure` with `shown` and `note`; what they newly tell is recorded.

    Args:
        connection: The warehouse, with its measures computed.

    Raises:
        ValueError: A public table's counts are weighted, or its breakdowns do not count the same cases.
    """
    (cutoff,) = connection.execute("SELECT max(data_cutoff) FROM measure").fetchall()[0]
    empty = pl.DataFrame(schema={**SCHEMA, "shown": pl.String, "note": pl.String})
    if cutoff is None:
        return empty
    return pl.concat(
        [
            empty,
            *(frame for table in PUBLIC_TABLES for frame in _release(connection, table, cutoff)),
        ]
    )
