"""Dagster assets: what depends on what."""
