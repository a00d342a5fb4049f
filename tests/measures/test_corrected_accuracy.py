"""Verification bias: cases that were looked at again because AI and reader differed mislead, unless corrected."""

import numpy as np
import pytest
from pairs import count, empty, measured, told

from overread.stats.accuracy.verification import begg_greenes

P, A = "present", "absent"
# AI's call, reader's call -> exams, verified diseased, verified healthy
CELLS = {(P, P): (200, 38, 2), (P, A): (100, 18, 72), (A, P): (50, 30, 15), (A, A): (4_000, 2, 198)}


def hospital(cells):
    connection = empty()
    for (ai, reader), (exams, sick, well) in cells.items():
        keys = {"call": ai, "reader_call": reader}
        for truth, n in ((P, sick), (A, well)):
            count(connection, n, truth=truth, reference="consensus", **keys)
        count(connection, exams - sick - well, truth=None, reference=None, **keys)
    return measured(connection)


def test_the_corrected_accuracy_weighs_each_cell_by_its_exams():
    connection = hospital(CELLS)
    sick = {cell: exams * s / (s + w) for cell, (exams, s, w) in CELLS.items()}
    (row,) = told(connection, "sensitivity_corrected")
    assert row["value"] == pytest.approx((sick[P, P] + sick[P, A]) / sum(sick.values()))
    assert row["n"] == sum(s + w for _, s, w in CELLS.values())
    well = {cell: CELLS[cell][0] - sick[cell] for cell in CELLS}
    (row,) = told(connection, "specificity_corrected")
    assert row["value"] == pytest.approx((well[A, P] + well[A, A]) / sum(well.values()))
    exams, s, w = np.array(list(CELLS.values())).T
    expected = begg_greenes(s, w, exams - s - w, [1, 1, 0, 0]).specificity
    assert (row["low"], row["high"]) == pytest.approx((float(expected.low), float(expected.high)))
    # what the verified cases alone say
    (naive,) = told(connection, "sensitivity", "population IS NULL")
    assert naive["value"] == pytest.approx(56 / 88)


def test_a_cell_that_nobody_looked_at_leaves_it_open():
    (row,) = told(hospital({**CELLS, (A, A): (4_000, 0, 0)}), "sensitivity_corrected")
    assert (row["value"], row["status"]) == (None, "insufficient")
    assert row["reason"] == "a stratum has cases and none verified: not identifiable"


def test_where_all_are_verified_there_is_nothing_to_correct():
    connection = hospital({cell: (s + w, s, w) for cell, (_, s, w) in CELLS.items()})
    assert told(connection, "sensitivity_corrected") == []


def test_further_references_do_not_make_more_exams():
    """An exam with two references is one exam, and verified by the one that is asked about alone."""
    connection = empty()
    for (ai, reader), (exams, sick, well) in CELLS.items():
        keys = {"call": ai, "reader_call": reader}
        count(connection, exams, truth=P, reference="adjudicated", **keys)
        for truth, n in ((P, sick), (A, well)):
            count(connection, n, truth=truth, reference="consensus", first_reference=False, **keys)
    measured(connection)
    (row,) = told(connection, "sensitivity_corrected")
    (expected,) = told(hospital(CELLS), "sensitivity_corrected")
    assert row == expected


def test_discordant_cases_in_which_the_algorithm_was_right():
    (row,) = told(hospital(CELLS), "discordance_yield")
    assert (row["numerator"], row["denominator"]) == (18 + 15, 18 + 72 + 30 + 15)
    assert row["population"] == "reader:did_not"
    (none,) = told(hospital({(A, A): (9, 1, 5)}), "discordance_yield")
    assert (none["value"], none["status"], none["reason"]) == (None, "insufficient", "no cases")
