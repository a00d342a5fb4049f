"""`python -m pipelines` is the command `overread`."""

from pipelines.cli import main

main()
