"""Sufficient statistics -> estimates with intervals, vectorised over strata."""
