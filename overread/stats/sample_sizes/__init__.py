"""How many cases a wanted precision needs."""
