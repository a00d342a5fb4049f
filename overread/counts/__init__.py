"""Fact rows -> sufficient statistics, as Narwhals expressions over lazy frames."""
