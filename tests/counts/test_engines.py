"""DuckDB and Spark give the counts that a plain loop over the rows gives."""

from collections import Counter
from itertools import cycle, islice
from uuid import UUID

import narwhals as nw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overread.counts.build import build
from overread.counts.declared import (
    COUNTS,
    DELAYS,
    DIMENSIONS,
    DURATIONS,
    RATINGS,
    REVIEWERS,
    WAITS,
)
from overread.counts.engine import EngineName, opened
from overread.counts.patients import REPEATED
from overread.counts.plan import DELAY_COLUMNS, DURATION_COLUMNS, PLACES, PLAN
from overread.counts.spark import SparkEngine
from overread.warehouse import analysis
from overread.warehouse.analysis.tasks import WAITED
from overread.warehouse.schema import open_warehouse

MONTHS = ("2026-01", "2026-02", "undated")
FACTS = sorted({step.fact for step in PLAN})
# Values that engines, files and bridges like to take for others.
NASTY = {
    "VARCHAR": ["a", None, "", "a ", "A", "ä", "a\u0308", "片", "🩻", 'O\'Neill "x"', "null", "NaN", "true", "a/b=%41"],
    "BIGINT": [0, None, 1, 2**31, 2**53 + 1, 86_400],
    "INTEGER": [0, None, 1],
    "BOOLEAN": [True, None, False],
    "DOUBLE": [0.95, None, 0.1 + 0.2, 0.3, 0.0],
    "UUID": [UUID(int=1), UUID(int=2), UUID(int=2**127 + 5)],
}  # fmt: skip
# What decides whether a row counts, and the unit of the rating patterns.
KNOWN = {
    "call": ["present", "absent", "uncertain", None],
    "reader": ["r1", "r2", "r3", None],
    "finding": ["cancer", "ä", None],
    "reference": ["pathology", None],
    "exam_id": NASTY["UUID"],
    "month": [*MONTHS, None],
    "route": ["final_over_preliminary", "random", "ad_hoc", "referred", None],
}


def warehouse(facts):
    """A warehouse with these rows, {fact: [{column: value}]}, as its analysis facts."""
    connection = open_warehouse()
    analysis.build(connection, None)
    for fact, rows in facts.items():
        for row in rows:
            names, places = ", ".join(row), ", ".join("?" * len(row))
            connection.execute(
                f"INSERT INTO {fact} ({names}) VALUES ({places})", list(row.values())
            )
    return connection


def columns(fact):
    """Columns of a fact that some pass reads, with their types."""
    read = {"month", *(column for step in PLAN if step.fact == fact for column in step.columns)}
    described = warehouse({}).execute(f"DESCRIBE {fact}").fetchall()
    return {row[0]: row[1] for row in described if row[0] in read}


TYPES = {fact: columns(fact) for fact in FACTS}


def values(column, kind):
    return KNOWN.get(column, NASTY[kind])


def nasty(fact):
    """Every value of every column at least once, and each row twice."""
    turned = {}
    for shift, (column, kind) in enumerate(TYPES[fact].items()):
        turned[column] = islice(cycle(values(column, kind)), shift, shift + 42)
    rows = [dict(zip(turned, row, strict=True)) for row in zip(*turned.values(), strict=True)]
    return rows + rows


def counted(connection, table):
    """{row without n: n} of a count table, whatever the order of its rows and columns."""
    names = sorted(row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall())
    names.remove("n")
    rows = connection.execute(f"SELECT {', '.join(names)}, n FROM {table}").fetchall()
    found = Counter({tuple(zip(names, row[:-1], strict=True)): row[-1] for row in rows})
    assert len(found) == len(rows), f"{table} has a group twice"
    return found


def all_counted(connection):
    return {step.table: counted(connection, step.table) for step in PLAN}


def by_hand(facts):
    """The same of every table, by loops."""

    def key(row, names, **more):
        return tuple(sorted({**{name: row[name] for name in names}, **more}.items()))

    told = {}
    for count in COUNTS:
        rows = [
            r
            for r in facts.get(count.fact, [])
            if all(r[name] is not None for name in count.present)
        ]
        told[count.name] = Counter(key(row, (*count.dimensions, *count.keys)) for row in rows)
    told[DURATIONS] = Counter(
        key(row, ("cell",), seconds=row[interval], interval=interval)
        for row in facts.get("task_fact", [])
        for interval in DURATION_COLUMNS
        if row[interval] is not None
    )
    told[WAITS] = Counter(
        key(row, ("cell", "state"), seconds=row[column], interval=interval)
        for row in facts.get("task_fact", [])
        for interval, column in WAITED.items()
        if row[column] is not None
    )
    told[REVIEWERS] = Counter(
        key(
            row,
            ("month", "vendor", "route", "score"),
            reader=row["reviewer_id"] and str(row["reviewer_id"]),
        )
        for row in facts.get("review_fact", [])
    )
    told[DELAYS] = Counter(key(row, DELAY_COLUMNS) for row in facts.get("assignment_fact", []))
    answers, months = {}, {}
    for row in facts.get("call_fact", []):
        if row["call"] in ("present", "absent"):
            exam = key(row, (*PLACES, "finding", "exam_id"))
            answers.setdefault(exam, set()).add((row["reader"], row["call"]))
            months.setdefault(exam, set()).update({row["month"]} - {None})
    told[RATINGS] = Counter(
        tuple(
            sorted(
                {
                    **{name: value for name, value in exam if name != "exam_id"},
                    "present": sum(call == "present" for _, call in said),
                    "readers": len(said),
                    "first_month": min(months[exam], default=None),
                    "last_month": max(months[exam], default=None),
                }.items()
            )
        )
        for exam, said in answers.items()
    )
    judged = [
        row
        for row in facts.get("review_fact", [])
        if row["route"] == "final_over_preliminary"
        and row["significant"] is not None
        and row["patient_id"] is not None
    ]
    of_patient = Counter(row["patient_id"] for row in judged)
    told[REPEATED] = Counter(
        key(row, (*DIMENSIONS, "significant"), patient_id=str(row["patient_id"]))
        for row in judged
        if of_patient[row["patient_id"]] > 1
    )
    return told


def types(connection):
    return {
        step.table: sorted(
            row[:2] for row in connection.execute(f"DESCRIBE {step.table}").fetchall()
        )
        for step in PLAN
    }


def assert_counted(engine, folder, facts):
    """An engine's counts equal the loops', and tables and types equal those of DuckDB."""
    connection = warehouse(facts)
    build(connection, None, engine, folder)
    found, described = all_counted(connection), types(connection)
    for table, expected in by_hand(facts).items():
        assert found[table] == expected, table
    build(connection)
    assert found == all_counted(connection)
    assert described == types(connection)


def test_nulls_unicode_and_undated_months_are_counted_as_by_hand(engine, tmp_path):
    facts = {fact: nasty(fact) for fact in FACTS}
    for fact, kinds in TYPES.items():
        for column, kind in kinds.items():
            assert {row[column] for row in facts[fact]} == set(values(column, kind))
    assert_counted(engine, tmp_path, facts)
    connection = warehouse(facts)
    build(connection)
    assert all(all_counted(connection).values()), (
        "a table that these rows leave empty proves nothing"
    )


def test_facts_without_rows_give_tables_without_rows(engine, tmp_path):
    assert_counted(engine, tmp_path, {})


def test_one_row_of_each_fact(engine, tmp_path):
    row = {fact: [nasty(fact)[0]] for fact in FACTS}
    assert row["task_fact"][0]["month"] == "2026-01"
    assert_counted(engine, tmp_path, row)


def test_a_recomputed_month_leaves_the_others_and_no_file_stays(engine, tmp_path):
    facts = {fact: nasty(fact) for fact in FACTS}
    connection = warehouse(facts)
    # a cell has one month
    connection.execute("UPDATE task_fact SET cell = (hash(month) >> 1)::BIGINT")
    connection.execute("INSERT INTO task_cell BY NAME SELECT DISTINCT cell, month FROM task_fact")
    build(connection)
    before = all_counted(connection)
    corrected = "WHERE month = '2026-02' AND site IS NOT NULL"
    for fact in FACTS:
        connection.execute(f"UPDATE {fact} SET vendor = 'b' {corrected}")
    # a month that loses all of its tasks
    connection.execute("DELETE FROM task_fact WHERE month = '2026-02'")
    rows = build(connection, ["2026-02"], engine, tmp_path)
    after = all_counted(connection)
    build(connection)
    assert after == all_counted(connection)
    assert all(after[table] != found for table, found in before.items())
    months = {row[0] for row in connection.execute("SELECT month FROM count_task").fetchall()}
    assert months == {"2026-01", "undated", None}
    assert rows == {table: len(found) for table, found in after.items()}
    assert list(tmp_path.iterdir()) == []


HAND_COUNTED = [step for step in PLAN if step.table in by_hand({})]


@st.composite
def facts_of(draw):
    """A pass, and few rows of few values for it, so that groups collide."""
    step = draw(st.sampled_from(HAND_COUNTED))
    row = {
        column: st.sampled_from(MONTHS if column == "month" else values(column, kind)[:2])
        for column, kind in TYPES[step.fact].items()
    }
    return step, draw(st.lists(st.fixed_dictionaries(row), max_size=8))


def counted_rows(counting, step, fact):
    """{row without n: n} of one pass."""
    total = Counter()
    for result in counting.results(step.expression(fact)):
        names = [name for name in result.columns if name != "n"]
        for row in result.select(*names, "n").fetchall():
            total[tuple(sorted(zip(names, row[:-1], strict=True)))] += row[-1]
    return total


def merged(counting, step, conditions):
    """The counts of the rows of each condition, added up."""
    fact = counting.fact(step.fact)
    return sum((counted_rows(counting, step, fact.filter(part)) for part in conditions), Counter())


def assert_parts_add_up(engine, folder, step, rows):
    """Months and regions keep their rows and ship their counts; an exam lies in one region, a rating in many months."""
    connection = warehouse({step.fact: rows})
    parted = "site" if "exam_id" not in step.columns else "exam_id"
    region = nw.col(parted).cast(nw.String) == str(values(parted, TYPES[step.fact][parted])[0])
    ways = [[region, region.is_null() | ~region]]
    if step.by_month:
        ways.append([nw.col("month") == month for month in MONTHS])
    with opened(engine, connection, None, folder) as counting:
        for conditions in ways:
            assert merged(counting, step, conditions) == by_hand({step.fact: rows})[step.table]


@settings(max_examples=40, deadline=None)
@given(facts_of())
def test_months_and_partitions_merged_equal_the_whole(counted_fact):
    assert_parts_add_up(EngineName.DUCKDB, None, *counted_fact)


@pytest.mark.usefixtures("spark")
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(facts_of())
def test_months_and_partitions_merged_equal_the_whole_on_spark(tmp_path, counted_fact):
    assert_parts_add_up(EngineName.SPARK, tmp_path, *counted_fact)


def test_a_store_takes_the_files_and_is_empty_afterwards(spark, tmp_path, monkeypatch):
    store = tmp_path / "a store"
    monkeypatch.setenv("OVERREAD_SPARK_STORE", f"file://{store}/")
    rows = nasty("task_fact")
    connection = warehouse({"task_fact": rows})
    step = next(step for step in PLAN if step.fact == "task_fact")
    local = tmp_path / "local"
    counting = SparkEngine(connection, spark, ["2026-01"], local)
    fact = counting.fact("task_fact")
    (month,) = {path.parent.name for path in store.rglob("*.parquet")}
    assert month == "month=2026-01"
    assert [path for path in local.rglob("*") if path.is_file()] == []
    assert sum(counted_rows(counting, step, fact).values()) == sum(
        row["month"] == "2026-01" for row in rows
    )
    counting.close()
    assert list(store.iterdir()) == []
    assert list(local.iterdir()) == []
