"""Times to an event: quantiles, curves with censored and competing cases, histograms over cells."""
