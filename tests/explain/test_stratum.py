"""Which stored row is meant, and what is said where there is none."""

import pytest

from overread.explain import NotExplainedError
from overread.explain.stratum import stored_row
from overread.measures.table import EXTRA, TEXT


def refused(connection, measure_id, **asked):
    with pytest.raises(NotExplainedError) as caught:
        stored_row(connection, measure_id, asked)
    return str(caught.value)


def test_what_is_left_out_is_rolled_up_over(demo):
    row = stored_row(demo, "discrepancy_rate", {"vendor": "northlight", "month": "2025-03"})
    named = {"vendor", "period"}
    assert {name for name in (*TEXT, *EXTRA) if row[name] is not None} == named
    assert (row["vendor"], row["period"]) == ("northlight", "2025-03")


def test_what_has_one_value_only_need_not_be_said(demo):
    row = stored_row(demo, "sensitivity", {"vendor": "mammavision"})
    assert row["algorithm"] is not None
    assert row["finding"] is not None
    assert row["population"] is None  # all ages, since an age band is more than was asked for


def test_an_unknown_measure_has_near_names(demo):
    told = refused(demo, "discrepency_rate")
    assert "Did you mean discrepancy_rate" in told
    assert "sla_attainment" in told


def test_an_unknown_vendor_or_month_lists_what_there_is(demo):
    told = refused(demo, "discrepancy_rate", vendor="nortlight")
    assert "Did you mean northlight" in told
    assert "meridian" in told
    told = refused(demo, "discrepancy_rate", month="2031-03")
    assert "There is no month 2031-03" in told
    assert "2025-03" in told
    # a value with a quote is a value, not SQL
    assert "There is no vendor O'Neill" in refused(demo, "discrepancy_rate", vendor="O'Neill")


def test_a_dimension_that_the_measure_does_not_have(demo):
    told = refused(demo, "turnaround_mean_completed_only", route="random")
    assert "not told by --route" in told
    assert "--interval" in told


def test_several_rows_ask_for_what_tells_them_apart(demo):
    told = refused(demo, "turnaround_mean_completed_only", vendor="northlight")
    assert "say which: --interval" in told
    assert "completed_to_final" in told


def test_a_stratum_without_a_row_says_what_would_have_one(demo):
    """Site by modality is no grain: site alone and modality alone are."""
    told = refused(demo, "discrepancy_rate", site="bos", modality="ct")
    assert "no row for --site bos, --modality ct" in told
    assert "a row without --site" in told
    assert "a row without --modality" in told
    for kept in ("site", "modality"):
        value = {"site": "bos", "modality": "ct"}[kept]
        assert stored_row(demo, "discrepancy_rate", {kept: value})[kept] == value


def test_a_vendor_that_the_measure_is_not_about(demo):
    told = refused(demo, "auc", vendor="northlight")
    assert "rows with --vendor cerebra" in told


def test_a_measure_without_its_columns(viper):
    told = refused(viper, "discrepancy_rate")
    assert "review.score" in told
    assert "no row in this warehouse" in told
