"""Every measure of the catalogue is explained: its SQL, run by hand, gives what the table `measure` holds."""

import math
from functools import cache

import numpy as np
import polars as pl
import pytest

from overread.explain import explain
from overread.explain.declared import EVIDENCE
from overread.explain.query import rows_query, value_query
from overread.explain.stratum import ASKED
from overread.measures.catalogue import CATALOGUE
from overread.measures.table import EXTRA, TEXT
from overread.stats.reader_studies.mrmc import mrmc
from overread.stats.reader_studies.mrmc_reads import Reads

PARTS = ("n", "numerator", "denominator", "value")
PLACE = (*TEXT, *EXTRA)


@cache
def sample(connection, measure_id):
    """A row of every grain, status and method, in the order of a hash, each status in turn."""
    rows = connection.sql(
        f"SELECT * FROM measure WHERE measure_id = ? ORDER BY hash({', '.join(PLACE)})",
        params=[measure_id],
    ).pl()
    grain = pl.concat_str(pl.col(name).is_not_null().cast(pl.Int8) for name in PLACE)
    kinds = rows.with_columns(grain=grain).unique(
        ["grain", "status", "method"], keep="first", maintain_order=True
    )
    turns = kinds.with_columns(turn=pl.int_range(pl.len()).over("status"))
    return turns.sort("turn", maintain_order=True).drop("grain", "turn").to_dicts()


def largest(connection, measure_id):
    return max(sample(connection, measure_id), key=lambda row: row["n"], default=None)


def asked(row):
    names = dict(zip(ASKED, PLACE, strict=True))
    return {name: row[column] for name, column in names.items() if row[column] is not None}


def close(stored, given):
    return given is not None and math.isclose(stored, given, rel_tol=1e-9, abs_tol=1e-9)


def test_the_catalogue_and_the_evidence_name_the_same_measures():
    assert set(EVIDENCE) == set(CATALOGUE)


@pytest.mark.parametrize("measure_id", CATALOGUE)
def test_the_sql_gives_the_stored_number(demo, viper, measure_id):
    """Numerator, denominator, n and value, wherever both the row and the SQL tell them."""
    values = 0
    for connection in (demo, viper):
        for row in sample(connection, measure_id)[:15]:
            evidence = EVIDENCE[measure_id](connection, row)
            sql = value_query(evidence, row["period"] is None)
            given = connection.sql(sql).pl().row(0, named=True)
            told = [name for name in PARTS if row[name] is not None and name in given]
            assert told, sql
            assert row["n"] == given["n"]
            # a number that is stored is given, unless a statistic of the library makes it
            needed = [name for name in PARTS if row[name] is not None]
            assert [name for name in needed if name not in told] == (
                ["value"] if evidence.statistic and row["value"] is not None else []
            )
            for name in told:
                assert close(row[name], given[name]), (name, row, sql)
            values += "value" in told or evidence.statistic is not None
            if row["status"] == "insufficient" and "value" in given:
                assert given["value"] is None
    assert values, (
        f"no number of {measure_id} was reproduced: let the demonstration network have one"
    )


@pytest.mark.parametrize("measure_id", CATALOGUE)
def test_the_rows_are_accounted_for(demo, viper, measure_id):
    """Asked by its dimensions a row explains itself; every row of the stratum entered, or was left out for a reason."""
    told = [
        explain(connection, measure_id, asked(row), rows=True)
        for connection in (demo, viper)
        for row in (*sample(connection, measure_id)[:1], largest(connection, measure_id))
        if row is not None
    ]
    assert told
    for each in told:
        assert each.differs == {}
        assert "other rows" not in each.left_out
        assert each.rows.height == each.entered
        assert bool(each.files) == bool(each.entered)
        if "in_numerator" in each.rows.columns:
            assert each.rows["in_numerator"].sum() == each.counts["numerator"]
            assert each.rows.height == each.counts["denominator"]
    assert any(each.entered for each in told)


@pytest.mark.parametrize("metric", ["auc", "sensitivity", "specificity"])
def test_the_listed_reads_give_the_parts_of_the_variance(viper, metric):
    """What SQL cannot give follows from the rows that it lists."""
    ((category, vendor, value, n),) = viper.execute(
        "SELECT category, vendor, value, n FROM measure WHERE measure_id = ? AND vendor IS NOT NULL "
        "AND modality IS NULL AND site IS NULL AND region IS NULL AND technique IS NULL AND service IS NULL "
        "AND engagement IS NULL AND facility_type IS NULL AND deployment IS NULL AND patient_class IS NULL "
        "AND priority IS NULL AND reference = 'follow_up_365' ORDER BY value DESC LIMIT 1",
        [f"{metric}_variance_share"],
    ).fetchall()
    told = explain(
        viper,
        f"{metric}_variance_share",
        {"category": category, "vendor": vendor, "reference": "follow_up_365"},
    )
    assert "mrmc" in told.statistic
    reads = viper.sql(told.sql_rows).pl()
    sick = (reads["truth"] == "present").to_numpy()
    answer = reads["score_key"] if metric == "auc" else reads["call"] == "present"
    number = {
        name: np.unique(reads[name], return_inverse=True)[1] for name in ("reader", "case_id")
    }
    result = mrmc(
        Reads(
            np.zeros(reads.height, dtype=np.int64),
            number["reader"],
            number["case_id"],
            sick,
            answer.cast(pl.Float64).to_numpy(),
            np.ones(reads.height),
            np.zeros(reads.height, dtype=bool),
        ),
        {"auc": "AUC", "sensitivity": "TPF", "specificity": "TNF"}[metric],
        1,
    )
    part = ("readers", "cases", "readers_with_cases").index(category)
    assert 0 < value < 1
    assert result.estimate.n[0] == n
    assert result.parts()[0, part] / result.variance[0] == pytest.approx(value)
    assert told.counts["pooled_value"] == pytest.approx(float(result.estimate.value[0]))


def test_rows_and_value_read_one_stratum(demo):
    """The two queries of an explanation begin alike: what is listed is what is counted."""
    row = sample(demo, "discrepancy_rate")[0]
    evidence = EVIDENCE["discrepancy_rate"](demo, row)
    first = [
        query(evidence, row["period"] is None).split("),\n")[0]
        for query in (value_query, rows_query)
    ]
    assert first[0] == first[1]
