"""CHK-01, CHK-02, CHK-04, CHK-05: what Great Expectations alone would call a success."""

import pandas as pd
import pytest

from checks.expectations import Expectation, Outcome, validate

IN_LIST = Expectation("in_list", "conformance", "modality", ("ct",))
FILLED = Expectation("filled", "completeness", "modality", None)


def batch(*values):
    return pd.DataFrame(
        {"key": [f"k{i}" for i in range(len(values))], "modality": list(values)}, dtype=object
    )


@pytest.mark.parametrize("values", [(), (None, None)])
def test_nothing_to_check_is_not_applicable(values):
    (outcome,) = validate(batch(*values), "key", (IN_LIST,))
    assert (outcome.status, outcome.n_checked) == ("not_applicable", 0)


def test_nulls_are_no_successes_of_completeness():
    in_list, filled = validate(batch("ct", None, None), "key", (IN_LIST, FILLED))
    assert (in_list.status, in_list.n_checked) == ("passed", 1)
    assert (filled.status, filled.n_failed, filled.failing_keys) == ("failed", 2, ("k1", "k2"))


def test_the_denominator_holds_concerned_rows_only():
    (outcome,) = validate(batch("qq", "qq", None, None, None), "key", (IN_LIST,))
    assert (outcome.n_failed, outcome.n_checked) == (2, 2)
    assert "100.0%" in outcome.message


def test_a_small_share_does_not_look_like_none():
    assert "less than 0.1%" in Outcome(IN_LIST, "failed", 100_000, 3, ()).message
    assert "(0.0%" in Outcome(IN_LIST, "passed", 100_000, 0, ()).message
