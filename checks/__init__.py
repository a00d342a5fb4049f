"""Great Expectations suites and row accounting, as Dagster asset checks."""
