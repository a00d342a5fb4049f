"""Two versions of an algorithm on the same cases."""

import pytest
from pairs import PLACE, empty, measured, told
from scipy import stats

from overread.warehouse.analysis.calls import VERSION_FACT

P, A = "present", "absent"


def compared(cells, old="2.9", new="2.10"):
    connection = empty()
    for (before, after, truth), n in cells.items():
        row = {
            **PLACE, "algorithm": "bleed", "old_version": old, "new_version": new, "finding": "haemorrhage",
            "reference": "adjudicated", "truth": truth, "old_call": before, "new_call": after, "n": n,
        }  # fmt: skip
        columns = ", ".join(f"? AS {name}" for name in row)
        connection.execute(
            f"INSERT INTO count_version BY NAME SELECT {columns}", list(row.values())
        )
    return measured(connection)


def test_the_newer_version_less_the_older_on_the_same_cases():
    connection = compared(
        {(P, P, P): 35, (A, P, P): 14, (P, A, P): 1, (A, A, P): 6, (A, A, A): 900, (P, A, A): 30, (A, P, A): 20}
    )  # fmt: skip
    (row,) = told(connection, "sensitivity_version_difference")
    assert (row["category"], row["algorithm_version"]) == ("2.9-2.10", "2.10")
    assert (row["n"], row["value"]) == (56, pytest.approx(13 / 56))
    assert row["p"] == pytest.approx(stats.binomtest(1, 15).pvalue)
    assert 0 < row["low"] < row["value"] < row["high"]
    (row,) = told(connection, "specificity_version_difference")
    assert (row["n"], row["value"]) == (950, pytest.approx((30 - 20) / 950))


def test_without_diseased_cases_nothing_is_told_of_sensitivity():
    (row,) = told(compared({(A, A, A): 10}), "sensitivity_version_difference")
    assert (row["value"], row["p"], row["status"], row["reason"]) == (
        None, None, "insufficient", "no cases",
    )  # fmt: skip


def test_versions_are_ordered_by_their_numbers():
    connection = empty()
    for version in ("2.9", "2.10", "2.10-beta"):
        connection.execute(
            "INSERT INTO pair_fact BY NAME SELECT uuid() AS exam_id, 'bleed' AS algorithm, ? AS algorithm_version, "
            "'v1' AS vendor, 'f' AS finding, 'adjudicated' AS reference, 'ok' AS status",
            [version],
        )
    connection.execute("UPDATE pair_fact SET exam_id = '00000000-0000-0000-0000-000000000001'")
    assert connection.execute(
        f"SELECT old_version, new_version FROM ({VERSION_FACT}) ORDER BY ALL"
    ).fetchall() == [("2.10", "2.10-beta"), ("2.9", "2.10"), ("2.9", "2.10-beta")]
