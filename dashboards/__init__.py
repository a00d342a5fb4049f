"""Released measures -> figures -> pages and scorecards. No Dagster."""
