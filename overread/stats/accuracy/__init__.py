"""Calls and scores against a reference standard."""
