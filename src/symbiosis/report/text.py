"""Text as files of XML and pages can hold it."""

from __future__ import annotations

import re

# What XML 1.0 cannot hold, escaped or not; no page shows it either.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def without_controls(text: str) -> str:
    """The text less its control characters, lone surrogates and non-characters.

    Parameters
    ----------
    text
        As it is.

    Returns
    -------
    str
    """
    return _NOT_XML.sub("", text)
