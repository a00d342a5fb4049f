"""DuckDB: landing, ledger, quarantine, duplicates, load and history."""
