"""A draw at a site, its worklist filled in, its weights in the estimate: by the command line and the mappings."""

import json
import shutil
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from overread.counts.build import build
from overread.demonstration.generate import generate
from overread.feeds.configuration import load_configuration
from overread.feeds.xlsx_records import read_xlsx_records
from overread.measures.table import write
from overread.measures.weighted_rates import weighted_rates
from overread.warehouse import analysis
from overread.warehouse.ingest import ingest
from overread.warehouse.pseudonyms import token
from overread.warehouse.schema import open_warehouse
from pipelines.cli import app

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "overread.yaml"
KEY = b"0" * 32
MONTH = "2026-03"
BASE = ["sample", "--half-width", "0.15", "--month", MONTH]


def invoke(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def loaded(out):
    """Load what was delivered and compute what is looked at here."""
    connection = open_warehouse(out / "warehouse.duckdb")
    ingest(connection, *load_configuration(DEMO), out / "landing", KEY)
    cutoff = analysis.data_cutoff(connection)
    analysis.build(connection, cutoff)
    build(connection)
    write(connection, weighted_rates(connection, {}), cutoff)
    connection.close()


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    generate(folder / "landing", exams=1_500, seed=1, form="csv")
    (folder / "keys").mkdir()
    (folder / "keys" / "pseudonym.key").write_bytes(KEY)
    loaded(folder)
    return folder


def at_site(out):
    return ["--out", out, "--identifiers", "--config", DEMO, "--data", out / "landing"]


def delivered(folder, pattern):
    return [
        row
        for path in sorted(folder.glob(pattern))
        for row in pl.read_csv(path, infer_schema=False).to_dicts()
    ]


@pytest.fixture(scope="module")
def reader(out):
    """Token and name of the reader with most finished reports of the month, who is to review, too."""
    connection = open_warehouse(out / "warehouse.duckdb")
    ((busy,),) = connection.execute(
        "SELECT arg_max(reader_id, n) FROM (SELECT reader_id, count(*) AS n FROM task_fact "
        f"WHERE month = '{MONTH}' AND state = 'finished' AND reader_id IS NOT NULL GROUP BY ALL)"
    ).fetchall()
    connection.close()
    names = {row["reader"] for row in delivered(out / "landing", "registers/roster.csv")}
    (name,) = [each for each in names if token(KEY, "reader", "", each) == busy]
    return busy, name


@pytest.fixture(scope="module")
def made(out, reader):
    """Files of the draw: table and book of the reviewers, and the quality office's."""
    people = out / "reviewers.csv"
    people.write_text(f"reviewer,modalities\n{reader[1]},\nH-ber-01,\nH-ber-02,ct mri\n")
    told = invoke(*BASE, *at_site(out), "--worklist", out / "work", "--reviewers", people)
    assert told.exit_code == 0, told.output
    return [
        Path(line.split(": ", 1)[1])
        for line in told.stdout.splitlines()
        if line.startswith("written: ")
    ]


def test_the_reviewers_see_no_vendor_no_reader_no_outcome_and_no_probability(out, made):
    table, book, _ = made
    frame = pl.read_csv(table, infer_schema=False)
    assert frame.columns == [
        *("assignment", "site", "accession", "modality", "report", "reported", "reviewer", "due"),
        *("score", "direction", "reviewed"),
    ]
    assert frame["assignment"].is_sorted()
    text = frame.drop("reviewer").write_csv()
    assert not [vendor.id for vendor in load_configuration(DEMO)[0].vendors if vendor.id in text]
    records = read_xlsx_records(book)
    assert list(records.header) == frame.columns
    assert pl.DataFrame(records.table).rows() == frame.rows()
    # the accessions are those that the site delivered, and each line means one report
    named = ("site", "accession", "report", "reported")
    assert frame.select(named).n_unique() == frame.height
    connection = open_warehouse(out / "warehouse.duckdb")
    exams = connection.execute(
        f"SELECT exam_id, site FROM task_fact WHERE month = '{MONTH}' AND state = 'finished'"
    ).fetchall()
    connection.close()
    issuers = {site.id: site.issuer or site.id for site in load_configuration(DEMO)[0].sites}
    known = set(exams)
    for site, accession in frame.select("site", "accession").iter_rows():
        assert (token(KEY, "exam", issuers[site], accession), site) in known


def test_nobody_reviews_an_own_report_and_the_work_is_even(out, made, reader):
    office = pl.read_csv(made[2], infer_schema=False)
    issuers = {site.id: site.issuer or site.id for site in load_configuration(DEMO)[0].sites}
    connection = open_warehouse(out / "warehouse.duckdb")
    readers = dict(connection.execute("SELECT task_id, reader_id FROM task_fact").fetchall())
    connection.close()
    names = ("reviewer", "task", "site", "stratum")
    new = office.filter(pl.col("assignment").str.starts_with(MONTH))
    own = 0
    for reviewer, task, site, stratum in new.select(names).iter_rows():
        by = readers[token(KEY, "task", issuers[site], task)]
        own += by == reader[0]
        assert not (by == reader[0] and reviewer == reader[1])
        assert reviewer != "H-ber-02" or stratum.split("/")[1] in ("ct", "mri")
    assert own > 0
    work = new["reviewer"].value_counts()["count"]
    assert work.max() - work.min() <= 2


def test_the_same_draw_has_the_same_bytes(out, made):
    people = out / "reviewers.csv"
    told = invoke(
        *BASE, *at_site(out), "--worklist", out / "again", "--reviewers", people, "--json"
    )
    assert told.exit_code == 0
    files = [Path(name) for name in json.loads(told.stdout)["files"]]
    assert [path.read_bytes() for path in files] == [path.read_bytes() for path in made]


def test_without_identifiers_only_pseudonyms_leave(out, made):
    told = invoke(*BASE, "--out", out, "--worklist", out / "sealed")
    assert told.exit_code == 0
    assert "pseudonyms" in told.stdout
    sealed = pl.read_csv(next((out / "sealed" / "reviewers").glob("*.csv")), infer_schema=False)
    named = pl.read_csv(made[0], infer_schema=False)
    assert sealed["assignment"].to_list() == named["assignment"].to_list()
    assert sealed["accession"].str.contains(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$").all()


def test_the_round_trip(out, made):
    """Draw, review, deliver: the estimate of the month is that of the answers and the probabilities by hand."""
    table, _, office = made
    site = out.parent / "returned"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(out, site)
    frame = pl.read_csv(table, infer_schema=False)
    scores = [("1", "2a", "3b", "1", None, "1")[number % 6] for number in range(frame.height)]
    filled = frame.with_columns(
        score=pl.Series(scores), reviewed=pl.lit("2026-07-20"), direction=pl.lit("miss")
    )
    half = frame.height // 2
    # one reviewer's Excel writes semicolons, the other sends the workbook back
    first, second = site / "first.csv", site / "second.xlsx"
    filled[:half].write_csv(first, separator=";")
    filled[half:].write_excel(second)
    sample = site / "landing" / "sample"
    sample.mkdir()
    told = invoke(
        "sample-collect",
        first,
        second,
        "--assignments",
        office,
        "--to",
        sample / "reviews_2026-03.csv",
    )
    assert told.exit_code == 0, told.output
    shutil.copy(office, sample)
    loaded(site)

    probability = {}
    for pattern in ("reviews/assignments_*.csv", "sample/assignments_*.csv"):
        for row in delivered(site / "landing", pattern):
            probability[row["site"], row["assignment"]] = row["probability"]
    connection = open_warehouse(site / "warehouse.duckdb")
    months = dict(connection.execute("SELECT review_id, month FROM review_fact").fetchall())
    weight, answered = defaultdict(float), 0
    issuers = {each.id: each.issuer or each.id for each in load_configuration(DEMO)[0].sites}
    for pattern in ("reviews/reviews_*.csv", "sample/reviews_*.csv"):
        for row in delivered(site / "landing", pattern):
            month = months[token(KEY, "review", issuers[row["site"]], row["review"])]
            if row["route"] == "random" and month == MONTH:
                each = 1 / float(probability[row["site"], row["assignment"]])
                weight["all"] += each
                weight["discrepant"] += each * (row["score"] != "1")
                answered += 1
    assert answered > sum(score is not None for score in scores) > 20
    whole = " AND ".join(
        f"{name} IS NULL"
        for name in ("vendor", "region", "site", "modality", "service", "engagement", "facility_type", "deployment",
                     "patient_class", "priority", "technique")
    )  # fmt: skip
    found = connection.execute(
        "SELECT n, numerator, denominator, value FROM measure "
        f"WHERE measure_id = 'discrepancy_rate_weighted' AND period = '{MONTH}' AND {whole}"
    ).fetchall()
    share = weight["discrepant"] / weight["all"]
    assert found == [
        (
            answered,
            pytest.approx(weight["discrepant"]),
            pytest.approx(weight["all"]),
            pytest.approx(share),
        )
    ]
    faults = connection.execute(
        "SELECT rows_read, rows_accepted, rows_quarantined FROM ledger WHERE path LIKE 'sample/%' ORDER BY path"
    ).fetchall()
    assert [(read, quarantined) for read, _, quarantined in faults] == [
        (pl.read_csv(office).height, 0),
        (sum(score is not None for score in scores), 0),
    ]
    # drawn tasks without an answer wait: they are assigned, and open
    ((open_,),) = connection.execute(
        f"SELECT count(*) FROM assignment_fact WHERE month = '{MONTH}' AND outcome = 'open' AND stratum LIKE '%/%' "
        "AND due = false AND route = 'random'"
    ).fetchall()
    assert open_ >= scores.count(None)
    connection.close()
    again = invoke(*BASE, "--out", site, "--json")
    strata = json.loads(again.stdout)["strata"]
    assert sum(each["done"] for each in strata) == answered


def test_files_that_do_not_fit_are_told(made, tmp_path):
    table, _, office = made
    frame = pl.read_csv(table, infer_schema=False).with_columns(score=pl.lit("1"))
    to = ("--to", tmp_path / "reviews.csv")

    def told(*frames):
        paths = []
        for number, each in enumerate(frames):
            paths.append(tmp_path / f"{number}.csv")
            each.write_csv(paths[-1])
        result = invoke("sample-collect", *paths, "--assignments", office, *to)
        assert result.exit_code == 2
        return result.stderr

    assert "is no assignment of" in told(frame.with_columns(assignment=pl.lit("2026-03-X")))
    assert "two answers" in told(frame, frame.with_columns(score=pl.lit("3b")))
    assert "column score is not in it" in told(frame.drop("score"))
    missing = invoke("sample-collect", tmp_path / "none.csv", "--assignments", office, *to)
    assert missing.exit_code == 2
    assert "cannot be read" in missing.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--month", "2031-01"], "There are 2025-01"),
        (["--vendor", "northlite"], "Did you mean northlight"),
        (["--half-width", "0.05", "--at-most", "3"], "more than 3"),
        (["--identifiers"], "--data and their --config"),
        (["--reviewers", "nobody.csv"], "nobody.csv: cannot be read"),
    ],
)
def test_what_cannot_be_drawn_ends_with_2_and_a_remedy(out, tmp_path, arguments, told):
    result = invoke(*BASE, "--out", out, "--worklist", tmp_path, *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_the_key_nothing_is_drawn(out, tmp_path):
    key = out / "keys" / "pseudonym.key"
    key.rename(out / "elsewhere")
    try:
        result = invoke(*BASE, "--out", out, "--worklist", tmp_path)
    finally:
        (out / "elsewhere").rename(key)
    assert result.exit_code == 2
    assert "draw where overread run was run" in result.stderr


def test_another_folder_of_files_or_another_key_is_told(out, tmp_path):
    (tmp_path / "exams").mkdir()
    shutil.copy(out / "landing" / "registers" / "terms.csv", tmp_path / "terms.csv")
    (tmp_path / "registers").mkdir()
    shutil.copy(out / "landing" / "registers" / "terms.csv", tmp_path / "registers" / "terms.csv")
    asked = [*BASE, "--out", out, "--worklist", tmp_path / "w", "--identifiers", "--config", DEMO]
    result = invoke(*asked, "--data", tmp_path)
    assert result.exit_code == 2
    assert "brought the tasks and are not there" in result.stderr
    key = out / "keys" / "pseudonym.key"
    try:
        key.write_bytes(b"1" * 32)
        result = invoke(*asked, "--data", out / "landing")
    finally:
        key.write_bytes(KEY)
    assert result.exit_code == 2
    assert "the key is another" in result.stderr
