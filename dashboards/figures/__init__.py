"""Charts: one figure, one file. A figure is data for plotly.js with its words and its table."""
