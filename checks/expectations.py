"""One door to Great Expectations, adding what it lacks: not applicable, failing keys, silence."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["passed", "failed", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """A declared check of one column.

    Attributes:
        name: Name of the check.
        category: Kahn category: conformance, completeness or plausibility.
        column: Column of the batch.
        allowed: Values that a row may have; None = the column must be filled.
        limit: Largest share of concerned rows that may fail.
        blocking: Whether a month that fails is held.
        remedy: What to do about rows that fail.
    """

    name: str
    category: str
    column: str
    allowed: tuple[Any, ...] | None
    limit: float = 0.0
    blocking: bool = False
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found in a batch."""

    expectation: Expectation
    status: Status
    n_checked: int
    n_failed: int
    failing_keys: tuple[str, ...]

    @property
    def message(self) -> str:
        """The finding in words; a small share never looks like none."""
        if self.status == "not_applicable":
            return "no row that the check concerns"
        share = 100 * self.n_failed / self.n_checked
        shown = f"{share:.1f}%" if share >= 0.05 or self.n_failed == 0 else "less than 0.1%"
        told = f"{self.n_failed:,} of {self.n_checked:,} rows fail ({shown}, limit {100 * self.expectation.limit:g}%)"
        failed = self.status == "failed" and self.expectation.remedy
        return f"{told}; {self.expectation.remedy}" if failed else told


def validate(batch: pd.DataFrame, key: str, expectations: tuple[Expectation, ...]) -> list[Outcome]:
    """Run expectations on a batch.

    Args:
        batch: The month's rows, only the columns needed.
        key: Column whose values name a failing row (a pseudonym).
        expectations: What to check.

    Returns:
        One outcome each. Value checks concern filled rows only and are "not_applicable" where there is none;
        completeness concerns every row.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # 5 to 10 seconds: only when a check really runs
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
        ExpectColumnValuesToBeInSet,
    )
    from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
        ExpectColumnValuesToNotBeNull,
    )

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    definition = (
        context.data_sources.add_pandas("month")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("all")
    )
    asked = [
        ExpectColumnValuesToNotBeNull(column=e.column, mostly=1 - e.limit)
        if e.allowed is None
        else ExpectColumnValuesToBeInSet(
            column=e.column, value_set=list(e.allowed), mostly=1 - e.limit
        )
        for e in expectations
    ]
    result = definition.get_batch(batch_parameters={"dataframe": batch}).validate(
        gx.ExpectationSuite(name="month", expectations=asked),
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [key]},
    )
    found = {
        (config.type, config.kwargs["column"]): one
        for one in result.results
        if (config := one.expectation_config) is not None
    }
    outcomes = []
    for expectation, question in zip(expectations, asked, strict=True):
        one = found[question.expectation_type, expectation.column]
        part = one.result
        concerned = int(part["element_count"])
        if expectation.allowed is not None:
            concerned -= int(part.get("missing_count", 0))
        failed = int(part["unexpected_count"])
        status: Status = (
            "not_applicable" if concerned == 0 else "passed" if one.success else "failed"
        )
        keys = tuple(str(row[key]) for row in part.get("unexpected_index_list") or ())
        outcomes.append(Outcome(expectation, status, concerned, failed, keys))
    return outcomes
