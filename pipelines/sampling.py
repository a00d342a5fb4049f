"""The commands `overread sample` and `overread sample-collect`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import duckdb
import polars as pl
import typer

from overread.explain import NotExplainedError
from overread.explain.opening import results
from overread.feeds.configuration import load_configuration
from overread.feeds.yaml_model import ConfigurationError
from overread.sampling import SamplingError, draw, plan
from overread.sampling.collect import FORM, collect
from overread.sampling.expected import DEFAULT_RATE
from overread.sampling.identifiers import identifiers
from overread.sampling.reviewers import read_reviewers, share_out
from overread.sampling.text import as_text
from overread.sampling.worklist import Term, assignments, worklist, write_csv, write_xlsx
from overread.warehouse.analysis import data_cutoff
from overread.warehouse.pseudonyms import load_key

BAD = 2


def _key(out: Path) -> bytes:
    path = out / "keys" / "pseudonym.key"
    if not path.is_file():
        raise SamplingError(
            f"{path}: the key of the pseudonyms is not there; draw where overread run was run"
        )
    return load_key(path)


def _known(
    connection: duckdb.DuckDBPyConnection,
    parts: tuple[pl.DataFrame, pl.DataFrame],
    config: Path | None,
    data: Path | None,
    key: bytes,
) -> Mapping[str, str]:
    """The delivered identifiers of a draw."""
    if config is None or data is None:
        raise SamplingError(
            "--identifiers reads the delivered files: name them with --data and their --config"
        )
    if not data.is_dir():
        raise SamplingError(
            f"{data}: no such folder; name the folder of the delivered files with --data"
        )
    wanted = {
        token
        for part in parts
        for name in part.columns
        # who read the report is nobody's business here
        if name.endswith("_token") and name != "reader_token"
        for token in part[name].drop_nulls()
    }
    return identifiers(connection, *load_configuration(config), data, key, wanted)


def sample(
    out: Annotated[Path, typer.Option(help="Folder of the results of overread run.")],
    half_width: Annotated[
        float,
        typer.Option(help="Wanted half-width of the 95 % interval, 0.05 for five points each way."),
    ],
    month: Annotated[
        str | None, typer.Option(help="Month of the tasks, YYYY-MM; the newest if left out.")
    ] = None,
    vendor: Annotated[str | None, typer.Option(help="One vendor only.")] = None,
    modality: Annotated[str | None, typer.Option(help="One modality only.")] = None,
    at_most: Annotated[
        int | None, typer.Option(help="Most reviews that can be assigned.", min=0)
    ] = None,
    default_rate: Annotated[
        float, typer.Option(help="Discrepancy rate to plan with where too few reviews tell one.")
    ] = DEFAULT_RATE,
    worklist_folder: Annotated[
        Path | None,
        typer.Option("--worklist", help="Draw, and write the worklist into this folder."),
    ] = None,
    seed: Annotated[
        str, typer.Option(help="The same seed and data give the same draw.")
    ] = "overread",
    reviewers: Annotated[
        Path | None,
        typer.Option(
            help="CSV of those who review (reviewer, modalities): nobody gets an own report."
        ),
    ] = None,
    assigned: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day of the assignment; the data's newest if left out."
        ),
    ] = None,
    due_days: Annotated[int, typer.Option(help="Days until a review is due.", min=1)] = 30,
    with_identifiers: Annotated[
        bool,
        typer.Option(
            "--identifiers",
            help="At the site: read accessions from the delivered files (--config, --data).",
        ),
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="Configuration of the network, for --identifiers.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the delivered files, for --identifiers.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Say how many reviews each vendor and modality needs for a wanted interval, and draw them.

    Exit codes: 0 done, 2 it cannot be drawn (the message says why).
    """
    try:
        with results(out) as connection:
            chosen = plan(
                connection, half_width, month,
                vendor=vendor, modality=modality, capacity=at_most, default_rate=default_rate,
            )  # fmt: skip
            files: list[str] = []
            if worklist_folder is not None:
                key = _key(out)
                drawn, earlier = draw(connection, chosen, seed, key)
                if reviewers is not None:
                    drawn = share_out(drawn, read_reviewers(reviewers), key)
                else:
                    drawn = drawn.with_columns(reviewer=pl.lit(None, pl.String))
                known = (
                    _known(connection, (drawn, earlier), config, data, key)
                    if with_identifiers
                    else {}
                )
                newest = assigned or data_cutoff(connection)
                if newest is None:
                    raise SamplingError(
                        "The data carry no time: give the day of the assignment with --assigned"
                    )
                files = _written(
                    worklist_folder,
                    chosen.month,
                    drawn,
                    earlier,
                    known,
                    Term.of_days(newest, due_days),
                )
    except (SamplingError, NotExplainedError, ConfigurationError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD) from None
    if as_json:
        typer.echo(json.dumps({**chosen.plain(), "files": files}, ensure_ascii=False, indent=2))
        return
    typer.echo(as_text(chosen))
    for name in files:
        typer.echo(f"written: {name}")
    if files and not with_identifiers:
        typer.echo(
            "The files name exams and tasks by their pseudonyms. For files to work with, run the same command where the "
            "delivered files lie, with --identifiers --config ... --data ..."
        )


def _written(
    folder: Path,
    month: str,
    drawn: pl.DataFrame,
    earlier: pl.DataFrame,
    known: Mapping[str, str],
    term: Term,
) -> list[str]:
    """Write the reviewers' and the quality office's files, apart from each other."""
    stem = f"{month}_{term.assigned:%Y%m%d}"
    blinded = worklist(drawn, known, term)
    table, book = (folder / "reviewers" / f"worklist_{stem}.{ending}" for ending in ("csv", "xlsx"))
    office = folder / "quality-office" / f"assignments_{stem}.csv"
    write_csv(blinded, table)
    write_xlsx(blinded, book, term.assigned)
    write_csv(assignments(drawn, earlier, known, term), office)
    return [str(path) for path in (table, book, office)]


def sample_collect(
    filled: Annotated[list[Path], typer.Argument(help="Worklists that came back, CSV or XLSX.")],
    office: Annotated[
        Path, typer.Option("--assignments", help="The quality office's file of the draw.")
    ],
    to: Annotated[
        Path, typer.Option(help="File of the reviews to deliver, e.g. reviews_2026-03.csv.")
    ],
    form: Annotated[str, typer.Option(help="Form and version of the scores.")] = FORM,
) -> None:
    """Join filled worklists to their assignments: rows of reviews, to be delivered like any other file.

    Exit codes: 0 done, 2 the files do not fit together (the message says why).
    """
    try:
        found = collect(office, filled, form)
    except SamplingError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD) from None
    write_csv(found, to)
    typer.echo(f"{found.height} reviews in {to}")
