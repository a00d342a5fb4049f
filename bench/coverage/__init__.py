"""Do intervals cover what they say? Every interval method over a grid; `python -m bench.coverage`."""
