"""Agreement of raters, with and without chance, of two and of many."""
