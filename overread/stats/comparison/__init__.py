"""Units against each other: funnels, case mix, shrinkage, ranks, severity, many tests."""
