"""What a territory declares: typing, checks, and the frozen value that the engine starts from.

``numbers`` and ``cells`` read one column, ``typed`` one table; ``identity``, ``hazard`` and ``plausibility`` look
across
tables; ``build`` runs them all, reports every problem at once, and makes ``model.Declarations``.
"""

from symbiosis.declarations.build import build
from symbiosis.declarations.model import Declarations, empty_frame, fingerprint
from symbiosis.declarations.typed import RawTable

__all__ = ["Declarations", "RawTable", "build", "empty_frame", "fingerprint"]
