"""How the same numbers are made today, written with care and without us."""
