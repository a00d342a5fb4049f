"""Shares and odds: one, two, paired, clustered and weighted ones."""
