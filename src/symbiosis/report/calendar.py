"""Reminders as an iCalendar feed (RFC 5545), for the calendar that a facilitator already looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

LINE = 75
"""Octets of a line; what is longer goes on in the next one, behind a blank."""


def calendar_feed(projects: Iterable[Mapping[str, Any]], *, title: str, stamped_at: datetime) -> str:
    """The next action of each open project as an event of its day.

    Parameters
    ----------
    projects
        Rows of ``project``: `id`, `title`, `stage`, `owner`, `next_action`, `due_on`, `version`.
    title
        Of the calendar.
    stamped_at
        When the feed was made, in UTC.

    Returns
    -------
    str
        With the line ends that the standard asks for.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//symbiosis//follow-up//FR", "CALSCALE:GREGORIAN",
             f"X-WR-CALNAME:{_text(title)}"]  # fmt: skip
    for row in projects:
        if not row["due_on"] or row["stage"] in ("done", "abandoned"):
            continue
        day = date.fromisoformat(row["due_on"])
        lines += [
            "BEGIN:VEVENT",
            f"UID:{row['id']}@symbiosis",
            f"DTSTAMP:{stamped_at:%Y%m%dT%H%M%SZ}",
            # A whole day ends, as the standard counts, where the next one starts.
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SEQUENCE:{row['version']}",
            f"SUMMARY:{_text(' – '.join(filter(None, (row['title'], row['next_action']))))}",
            *([f"DESCRIPTION:{_text(row['owner'])}"] if row["owner"] else []),
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(row['title'])}",
            "TRIGGER:-P1D",
            "END:VALARM",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _text(text: str) -> str:
    kept = "".join(c for c in str(text).replace("\r\n", "\n").replace("\r", "\n") if c == "\n" or c >= " ")
    for mark in ("\\", ";", ","):
        kept = kept.replace(mark, f"\\{mark}")
    return kept.replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line in pieces of 75 octets at most; a character is never cut."""
    pieces, size = [""], 0
    for character in line:
        length = len(character.encode())
        if size + length > LINE:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += length
    return "\r\n".join(pieces)
