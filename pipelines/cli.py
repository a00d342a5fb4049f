"""The command `overread`."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from overread.counts.engine import EngineName, require
from overread.counts.spark_session import SparkUnavailableError
from overread.explain import NotExplainedError, explain
from overread.explain.opening import results
from overread.explain.stratum import ASKED
from overread.explain.text import as_text
from overread.feeds.configuration import load_configuration
from overread.feeds.propose import propose_mapping
from overread.feeds.yaml_model import ConfigurationError
from pipelines.sampling import sample, sample_collect

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

FAILED, BAD_CONFIGURATION, HELD = 1, 2, 3
Dimension = Annotated[
    str | None,
    typer.Option(help="Left out: rolled up over.", rich_help_panel="Dimensions of the number"),
]
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@app.callback()
def overread() -> None:
    """Quality assurance and peer-review analytics for outsourced medical imaging."""


@app.command()
def run(
    config: Annotated[Path, typer.Option(help="Configuration of the network (YAML).")],
    data: Annotated[Path, typer.Option(help="Folder of the delivered files.")],
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    month: Annotated[
        str | None,
        typer.Option(help="Recompute this month too, YYYY-MM or undated, whatever was delivered."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Recompute all months, whatever was delivered.")
    ] = False,
    engine: Annotated[
        EngineName, typer.Option(help="Where the counts run; the measures are the same.")
    ] = EngineName.DUCKDB,
    quiet: Annotated[bool, typer.Option(help="No progress, only the result.")] = False,
) -> None:
    """Load the delivered files, and compute and publish what they change.

    Where nothing changed, the results stand. A run that broke off is taken up where it was left.

    Exit codes: 0 done, 1 failed, 2 the configuration is wrong or the engine is not there, 3 done
    but a month is held by a check or a file was refused.
    """
    console = Console(stderr=True, quiet=quiet)
    try:
        load_configuration(config)
        require(engine)
    except (ConfigurationError, SparkUnavailableError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_CONFIGURATION) from None
    if not data.is_dir():
        typer.echo(
            f"{data}: no such folder; name the folder of the delivered files with --data", err=True
        )
        raise typer.Exit(BAD_CONFIGURATION)
    # Dagster calls its partitioned checks and pools beta; GX names a pandas that PySpark dislikes
    warnings.simplefilter("ignore")
    with console.status("starting"):
        # Dagster takes seconds to import: not before the configuration is known to be right
        from assets.network import Network
        from pipelines.run import run as run_network

        console.print(
            "loading files, then facts, checks, counts and measures of the months they touch"
        )
        network = Network(config=str(config), data=str(data), out=str(out), engine=engine.value)
        summary = run_network(network, month, everything=everything)
    for path, read, accepted, quarantined, duplicate in summary.files:
        typer.echo(
            f"{path}: {read} rows read = {accepted} accepted + {quarantined} quarantined + {duplicate} duplicate"
        )
    if summary.unmapped:
        typer.echo(f"no mapping takes {', '.join(summary.unmapped)}", err=True)
    for line in (*summary.refused, *summary.held):
        typer.echo(line, err=True)
    if not summary.success:
        typer.echo(f"failed: {summary.failure}", err=True)
        raise typer.Exit(FAILED)
    typer.echo(_computed(summary.months, summary.standing))
    typer.echo(f"{summary.measures} measures in {out / 'warehouse.duckdb'}, table measure")
    typer.echo(f"committee: {out / 'site' / 'committee' / 'index.html'}")
    typer.echo(f"scorecards: {out / 'site' / 'vendors'}")
    if summary.held or summary.refused:
        raise typer.Exit(HELD)


def _computed(months: Sequence[str], standing: int) -> str:
    """Which months were computed, in a line."""
    every = len(months) + standing
    if not standing:
        return f"computed every month ({every})"
    if not months:
        return f"computed no month: no delivery touches one, {standing} stand"
    return f"computed {len(months)} of {every} months: {', '.join(months)}"


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("out"),
    exams: Annotated[
        int, typer.Option(help="Size of the demonstration network.", min=1_000, max=100_000_000)
    ] = 60_000,
    form: Annotated[
        Literal["csv", "parquet"],
        typer.Option(help="Files as hospitals deliver them, or Parquet for large networks."),
    ] = "csv",
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 1,
    quiet: Annotated[bool, typer.Option(help="No progress, only the results.")] = False,
) -> None:
    """Make the demonstration network and run it and the VIPER reader study, side by side.

    The network's answer key plants a month that a check holds; that is no failure here. Exit codes: 0 done, 1 failed.
    """
    from overread.demonstration.generate import generate

    console = Console(stderr=True, quiet=quiet)
    landing = out / "demo" / "landing"
    with console.status("writing the files of the demonstration network"):
        generate(landing, exams=exams, seed=seed, form=form)
    studies = {
        "demo": (EXAMPLES / "demo", landing),
        "viper": (EXAMPLES / "viper", EXAMPLES / "viper"),
    }
    runs = {}
    for name, (folder, data) in studies.items():
        command = [
            sys.executable,
            "-m",
            "pipelines",
            "run",
            "--quiet",
            "--config",
            str(folder / "overread.yaml"),
        ]
        # pages and statistics may have changed under an unchanged version: who asks for the demonstration wants to see
        command += ["--data", str(data), "--out", str(out / name), "--all"]
        runs[name] = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    failed = False
    with Progress(
        TextColumn("{task.description}"), SpinnerColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        bars = {
            name: progress.add_task(f"{name}: files, facts, checks, measures, pages", total=1)
            for name in runs
        }
        for name, process in runs.items():
            told = process.communicate()[0].splitlines()
            progress.update(bars[name], completed=1)
            failed |= process.returncode not in (0, HELD)
            files = [line for line in told if " rows read = " in line]
            rows = sum(int(line.split(": ")[-1].split(" rows read")[0]) for line in files)
            typer.echo(f"{name}: {len(files)} files, {rows} rows, every one accounted for")
            for line in (line for line in told if line not in files):
                typer.echo(f"{name}: {line}")
    if failed:
        raise typer.Exit(FAILED)


app.command()(sample)
app.command()(sample_collect)


@app.command(name="map")
def propose(
    sample: Annotated[Path, typer.Argument(help="A file as the hospital delivers it.")],
) -> None:
    """Propose a mapping for a sample file; it is printed, what must be settled goes to standard error.

    Exit codes: 0 nothing is unsure, 2 the file cannot be read, 3 something must be settled.
    """
    try:
        proposed = propose_mapping(sample)
    except (OSError, ValueError) as error:
        typer.echo(f"{sample}: {error}", err=True)
        raise typer.Exit(BAD_CONFIGURATION) from None
    typer.echo(proposed.text, nl=False)
    for doubt in proposed.unsure:
        typer.echo(f"unsure: {doubt}", err=True)
    if proposed.unsure:
        raise typer.Exit(HELD)


@app.command(name="explain")
def explain_number(
    measure: Annotated[str, typer.Argument(help="Measure, as in the table measure.")],
    out: Annotated[Path, typer.Option(help="Folder of the results of overread run.")],
    vendor: Dimension = None,
    month: Dimension = None,
    region: Dimension = None,
    site: Dimension = None,
    modality: Dimension = None,
    technique: Dimension = None,
    service: Dimension = None,
    engagement: Dimension = None,
    facility_type: Dimension = None,
    deployment: Dimension = None,
    patient_class: Dimension = None,
    priority: Dimension = None,
    route: Dimension = None,
    category: Dimension = None,
    interval: Dimension = None,
    algorithm: Dimension = None,
    algorithm_version: Dimension = None,
    finding: Dimension = None,
    reference: Dimension = None,
    population: Dimension = None,
    reader: Dimension = None,
    rows: Annotated[
        bool,
        typer.Option(help="List the rows by pseudonymous keys: for the committee only."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Explain a number: definition, counts, exclusions, rows, files with hashes, and the SQL that gives it again.

    Exit codes: 0 done, 1 the facts do not give the stored number any more, 2 there is no such number.
    """
    places = locals()
    asked = {name: places[name] for name in ASKED if places[name] is not None}
    try:
        with results(out) as connection:
            told = explain(connection, measure, asked, rows=rows)
    except NotExplainedError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_CONFIGURATION) from None
    typer.echo(json.dumps(told.plain(), ensure_ascii=False, indent=2) if as_json else as_text(told))
    if told.differs:
        raise typer.Exit(FAILED)


def main() -> None:
    """Entry point of the console script."""
    app()
