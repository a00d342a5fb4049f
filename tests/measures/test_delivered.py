"""No measure is delivered without a test of its number and one of a degenerate case.

`tests/explain/test_catalogue.py` walks the same catalogue for the explanations, `test_catalogue_entries.py` for the
entries. A new measure fails here until the two tables name its tests.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

from overread.measures.catalogue import CATALOGUE

TESTS = Path(__file__).resolve().parents[1]


def of(file, *measures):
    return dict.fromkeys(measures, file)


def ending(*starts):
    """Measures of the catalogue whose names end so."""
    return [name for name in CATALOGUE if name.endswith(starts)]


HOSPITAL, ALGORITHMS = "measures/test_small_hospital.py::", "measures/test_algorithms.py::"
COMPARISON, REVIEWERS = "measures/test_comparison.py::", "measures/test_reviewers.py::"
REACH, STUDY = "measures/test_review_reach.py::", "measures/test_reader_study.py::"
DISCREPANCIES, TIMES = "measures/test_discrepancies.py::", "measures/test_time_to_report.py::"
NOWCASTS, SCORES = "measures/test_nowcasts.py::", "measures/test_calibration_of_algorithms.py::"
DRIFT, VERSIONS = "measures/test_score_drift.py::", "measures/test_versions.py::"
CORRECTED, LOCAL = "measures/test_corrected_accuracy.py::", "measures/test_reciprocity.py::"
BETWEEN, CREDITS = "measures/test_between_readers.py::", "measures/test_credits.py::"
HOURS, OVERDUE = "measures/test_hour_of_week.py::", "measures/test_overdue_tasks.py::"
QUANTILES = [name for name in CATALOGUE if name.endswith("_completed_only")]
RATES = ["discrepancy_rate", "significant_discrepancy_rate"]
DIFFERENCES = [f"{name}_difference" for name in ("sensitivity", "specificity", "auc")]
PARTS = ending("_variance_share")
SHRUNKEN = [*ending("_shrunk"), "rank"]
AGREEMENT = ["agreement_percent", "cohen_kappa", "gwet_ac1", "pabak"]
GAPS = ["population_gap_sensitivity", "population_gap_specificity"]
LESS_READER = ["sensitivity_less_reader", "specificity_less_reader"]
CALIBRATION = ["brier", "calibration_error", "calibration_slope", "calibration_intercept"]
KINDS = [
    "reviews_arbitrated",
    "arbitration_overturned",
    "discrepancy_attribution",
    "discrepancy_direction",
]

NUMBER = {
    **of(f"{HOSPITAL}test_old_scores_leave_the_denominator_of_the_significant_rate", *RATES),
    **of(
        f"{HOSPITAL}test_arbitrated_scores_and_the_spread_of_scores",
        *ending("_arbitrated"),
        "radpeer_share",
    ),
    **of(f"{HOSPITAL}test_quantiles_over_merged_months", *QUANTILES),
    **of(f"{HOSPITAL}test_sla_counts_due_tasks_only", "sla_attainment", "sla_breaches"),
    **of(f"{HOSPITAL}test_tasks_at_risk_are_a_part_of_those_not_yet_due", "tasks_at_risk"),
    **of(f"{OVERDUE}test_overdue_tasks_are_the_open_part_of_the_breaches", "tasks_overdue"),
    **of(f"{HOSPITAL}test_open_tasks_by_age", "open_tasks"),
    **of(f"{HOSPITAL}test_tasks_without_a_report_are_a_part_of_all", "unread_share"),
    **of(
        f"{REACH}test_completion_and_non_response_are_those_of_the_delivered_files",
        "review_completion",
        "review_expired",
    ),
    **of(
        f"{REACH}test_coverage_and_sampling_fraction_are_those_of_the_delivered_files",
        "review_coverage",
        "sampling_fraction",
    ),
    **of(f"{REACH}test_weighted_rates_are_those_of_the_delivered_files", *ending("_weighted")),
    **of(f"{DISCREPANCIES}test_shares_equal_those_of_the_delivered_rows", *KINDS),
    **of(
        f"{DISCREPANCIES}test_delivery_equals_that_of_the_delivered_rows",
        "discrepancies_delivered",
        "delivery_days",
    ),
    **of(
        f"{DISCREPANCIES}test_major_changes_are_clustered_by_patient", "preliminary_major_change"
    ),
    **of(
        f"{NOWCASTS}test_the_rows_equal_a_slow_chain_ladder_over_the_files",
        *(name for name in CATALOGUE if name.startswith("nowcast_")),
    ),
    **of(
        f"{REVIEWERS}test_the_fit_is_a_maximum_of_the_likelihood_of_the_files",
        "reviewer_severity",
        "discrepancy_rate_adjusted",
    ),
    **of(f"{REVIEWERS}test_zero_rates_equal_those_of_the_files", "reviewer_zero_rate"),
    **of(
        f"{LOCAL}test_rates_equal_those_of_the_files", *(f"local_{rate}" for rate in RATES)
    ),
    **of(
        f"{TIMES}test_quantiles_are_those_of_the_curve_of_statsmodels",
        "turnaround_median",
        "turnaround_p90",
    ),
    **of(f"{TIMES}test_shares_are_those_of_the_redistribution", "reported_within"),
    **of(f"{HOURS}test_each_hour_has_the_median_of_its_tasks", "turnaround_by_hour_of_week"),
    **of(f"{CREDITS}test_credits_follow_the_terms_of_each_month", "sla_credits"),
    **of(
        f"{STUDY}test_every_published_estimate_from_the_ingested_reads",
        "sensitivity",
        "specificity",
        "auc",
    ),
    **of(f"{STUDY}test_every_published_difference_from_the_ingested_reads", *DIFFERENCES),
    **of("explain/test_catalogue.py::test_the_listed_reads_give_the_parts_of_the_variance", *PARTS),
    **of(f"{BETWEEN}test_a_vendor_has_the_statistics_of_its_exams", *AGREEMENT),
    **of(f"{ALGORITHMS}test_the_shares_of_the_table", "ppv", "npv", "accuracy"),
    **of(
        f"{ALGORITHMS}test_the_ratios_of_the_table",
        "likelihood_ratio_positive",
        "likelihood_ratio_negative",
        "false_alerts_per_true_alert",
    ),
    **of(f"{ALGORITHMS}test_readers_who_saw_the_answer_first_stand_apart", *LESS_READER),
    **of(
        f"{ALGORITHMS}test_the_reader_beside_the_algorithm",
        "reader_sensitivity",
        "reader_specificity",
    ),
    **of(f"{ALGORITHMS}test_a_gap_is_that_of_a_population_to_the_rest", *GAPS),
    **of(
        f"{ALGORITHMS}test_a_run_counts_once_whatever_its_references",
        "ai_failure_rate",
        "ai_exclusion_rate",
    ),
    **of(f"{ALGORITHMS}test_the_median_time_of_valid_runs", "ai_turnaround_median"),
    **of(
        f"{CORRECTED}test_the_corrected_accuracy_weighs_each_cell_by_its_exams",
        *ending("_corrected"),
    ),
    **of(
        f"{CORRECTED}test_discordant_cases_in_which_the_algorithm_was_right", "discordance_yield"
    ),
    **of(
        f"{COMPARISON}test_the_expectation_is_that_of_all_vendors_on_the_same_kinds",
        "standardised_ratio",
    ),
    **of(f"{COMPARISON}test_what_cannot_be_compared_is_told", "case_mix_alone"),
    **of(f"{COMPARISON}test_shrunken_rates_and_ranks_are_the_statistics_of_the_vendors", *SHRUNKEN),
    **of(
        f"{DRIFT}test_each_month_is_held_to_the_tenths_of_the_first_three",
        "score_drift_psi",
        "score_drift_ks",
    ),
    **of(f"{DRIFT}test_more_disagreement_is_found", "disagreement_cusum"),
    **of(f"{SCORES}test_scores_are_judged_as_the_cases_are", *CALIBRATION),
    **of(
        f"{VERSIONS}test_the_newer_version_less_the_older_on_the_same_cases",
        *ending("_version_difference"),
    ),
}  # fmt: skip

# Told by month: a month that a check holds is blocked, with the check's name and without a value.
BLOCKED = of(f"{HOSPITAL}test_a_held_month_is_blocked_and_left_out_of_the_roll_up", *NUMBER)
DEGENERATE = {
    **BLOCKED,
    **of(
        f"{OVERDUE}test_where_no_task_is_open_nothing_is_overdue_and_a_place_says_so",
        "tasks_overdue",
    ),
    **of(f"{HOSPITAL}test_where_nothing_was_arbitrated_the_rates_say_so", *ending("_arbitrated")),
    **of(f"{REACH}test_nothing_due_is_told_as_such", "review_completion", "review_expired"),
    **of(f"{REACH}test_unknown_probabilities_have_no_weight_and_are_told", *ending("_weighted")),
    **of(f"{DISCREPANCIES}test_no_review_gives_no_row", *KINDS, "discrepancies_delivered"),
    **of(f"{DISCREPANCIES}test_a_median_beyond_the_window_is_not_told", "delivery_days"),
    **of(
        f"{REVIEWERS}test_nothing_to_compare_says_so",
        "reviewer_severity",
        "reviewer_zero_rate",
        "discrepancy_rate_adjusted",
    ),
    **of(
        f"{LOCAL}test_old_scores_have_no_significance_and_none_at_all_says_so",
        *(f"local_{rate}" for rate in RATES),
    ),
    **of(
        f"{NOWCASTS}test_without_a_complete_month_nothing_is_told",
        *(name for name in CATALOGUE if name.startswith("nowcast_")),
    ),
    **of(
        f"{TIMES}test_where_nothing_was_reported_there_is_a_reason_and_no_number",
        "turnaround_median",
        "turnaround_p90",
        "reported_within",
    ),
    **of(f"{HOURS}test_each_hour_has_the_median_of_its_tasks", "turnaround_by_hour_of_week"),
    **of(f"{CREDITS}test_where_nothing_was_due_there_is_a_reason", "sla_credits"),
    **of(
        f"{STUDY}test_shared_exams_without_both_classes_have_no_interval",
        "sensitivity",
        "specificity",
        "auc",
    ),
    **of(f"{STUDY}test_techniques_are_compared_over_the_patients_that_they_share", *DIFFERENCES),
    **of(f"{STUDY}test_one_reader_per_exam_keeps_wilson", *PARTS),
    **of(f"{BETWEEN}test_few_exams_have_a_value_and_a_reason", *AGREEMENT),
    **of(
        f"{ALGORITHMS}test_what_cannot_be_told_says_so",
        "ppv",
        "likelihood_ratio_positive",
        "likelihood_ratio_negative",
        "false_alerts_per_true_alert",
        *LESS_READER,
    ),
    **of(f"{ALGORITHMS}test_a_population_without_others_has_no_gap", *GAPS),
    **of(f"{CORRECTED}test_a_cell_that_nobody_looked_at_leaves_it_open", *ending("_corrected")),
    **of(
        f"{COMPARISON}test_what_cannot_be_compared_is_told", "standardised_ratio", "case_mix_alone"
    ),
    **of(f"{COMPARISON}test_four_vendors_give_no_prior", *SHRUNKEN),
    **of(f"{DRIFT}test_one_score_cannot_drift", "score_drift_psi", "score_drift_ks"),
    **of(f"{SCORES}test_scores_that_are_no_probabilities", *CALIBRATION),
    **of(
        f"{VERSIONS}test_without_diseased_cases_nothing_is_told_of_sensitivity",
        *ending("_version_difference"),
    ),
}  # fmt: skip


@cache
def functions(file):
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("table", [NUMBER, DEGENERATE], ids=["number", "degenerate"])
def test_every_measure_names_its_tests(table):
    assert set(table) == set(CATALOGUE)
    for named in set(table.values()):
        file, function = named.split("::")
        assert function in functions(file), f"{named} is not there"
