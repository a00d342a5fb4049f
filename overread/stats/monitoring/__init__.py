"""Change over time: control charts, run rules, cusums, drift."""
