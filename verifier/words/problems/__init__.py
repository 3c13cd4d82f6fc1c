"""Every problem in words, a table a subject."""

from .explanation import PROBLEMS, Explanation, explain

__all__ = ["PROBLEMS", "Explanation", "explain"]
