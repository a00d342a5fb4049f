"""Pages: one page, one file. Each says what it shows; templates say how."""
