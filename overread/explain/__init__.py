"""Every stored number can be asked: its definition, counts, rows, files and the SQL that gives it again."""

from overread.explain.explanation import Explanation, explain
from overread.explain.stratum import NotExplainedError

__all__ = ["Explanation", "NotExplainedError", "explain"]
