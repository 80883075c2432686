"""A checked fit as tables: expected use, surprise, size, status, ranks, totals; guarded against disclosure."""

from bayes_jeugdhulp.results.status import FlagRule
from bayes_jeugdhulp.results.summary import summarise, top_list
from bayes_jeugdhulp.results.tables import Results, make_results
from bayes_jeugdhulp.results.writing import select_gemeenten, write_results

__all__ = ["FlagRule", "Results", "make_results", "select_gemeenten", "summarise", "top_list", "write_results"]
