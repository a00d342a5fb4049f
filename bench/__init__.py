"""Timings and memory against what people use today; `python -m bench`."""
