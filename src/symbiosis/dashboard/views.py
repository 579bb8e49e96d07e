"""Tables of the pages: made where the documents find them too."""

from symbiosis.report.rankings import calls, ranked, themes

__all__ = ["calls", "ranked", "themes"]
