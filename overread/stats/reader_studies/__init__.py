"""Several readers who share cases: multi-reader multi-case variance."""
