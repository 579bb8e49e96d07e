"""What people hold already, as rows of our own tables: registers, statements, invoices, public archives.

:func:`read_imports` is the one door: files in, :class:`~symbiosis.io.imports.model.Imported` out. Workbooks and archives are
parsed in a guarded child, every cell comes as text, and the typing is ours. Keys are made of the number of the establishment,
the code and the name, so that the same file read twice gives the same rows.
"""

from symbiosis.io.imports.mapping import ColumnMapping, Guess, guess_mapping
from symbiosis.io.imports.model import Imported
from symbiosis.io.imports.places import Places, at_commune, known_places
from symbiosis.io.imports.reader import KINDS, read_import, read_imports

__all__ = [
    "KINDS",
    "ColumnMapping",
    "Guess",
    "Imported",
    "Places",
    "at_commune",
    "guess_mapping",
    "known_places",
    "read_import",
    "read_imports",
]
