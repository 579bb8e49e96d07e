"""A synergy sheet as one self-contained HTML page, made to be printed on A4: no script, no image, nothing fetched."""

from __future__ import annotations

from html import escape

import pandas as pd

from symbiosis import messages
from symbiosis.report.document import follow_up_blanks
from symbiosis.report.sheet_parts import Line, Section, Sheet

_STYLE = """
@page { size: A4; margin: 14mm 14mm 12mm; }
* { box-sizing: border-box; }
body { font: 10pt/1.3 "Source Sans 3", "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1a2620; margin: 0 auto;
  max-width: 186mm; padding: 6mm 0; }
header { border-bottom: 2pt solid #1f6b4a; padding-bottom: 3mm; margin-bottom: 4mm; }
h1 { font-size: 19pt; line-height: 1.15; margin: 1mm 0 1.5mm; }
h2 { font-size: 10.5pt; margin: 4mm 0 1mm; color: #1f6b4a; break-after: avoid; }
.over { color: #4a5a51; font-size: 9.5pt; }
.tag { display: inline-block; border: .6pt solid #1f6b4a; border-radius: 8pt; padding: 0 6pt; margin-right: 4pt;
  color: #1f6b4a; }
.tag.ask { border-color: #8a5a00; color: #8a5a00; }
.banner { background: #fff3cd; border: .6pt solid #8a6d00; padding: 1.5mm 3mm; font-weight: 600; margin-bottom: 4mm; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 3mm; margin-bottom: 2mm; }
.figures div { background: #eef4f0; border-radius: 2mm; padding: 2mm 3mm; }
.figures b { display: block; font-size: 14pt; line-height: 1.25; }
.figures span, .note { color: #4a5a51; font-size: 8.5pt; }
table { border-collapse: collapse; width: 100%; font-size: 8.2pt; line-height: 1.2; }
th { text-align: left; font-weight: 600; border-bottom: .8pt solid #1a2620; }
th, td { padding: .8mm 1.6mm .8mm 0; vertical-align: top; }
td:nth-child(4), td:nth-child(5) { white-space: nowrap; }
td { border-bottom: .4pt solid #c9d6ce; }
dl { display: grid; grid-template-columns: 68mm 1fr; gap: .6mm 3mm; margin: 0; font-size: 9.5pt; }
dt { color: #4a5a51; } dd { margin: 0; }
ul { margin: 0; padding-left: 4.5mm; font-size: 9.5pt; columns: 2; column-gap: 6mm; }
li { break-inside: avoid; }
section { break-inside: avoid; }
.next { border: 1pt solid #1f6b4a; border-radius: 2mm; padding: 2.5mm 4mm; margin-top: 5mm; break-inside: avoid; }
.next p { margin: 1mm 0 3mm; font-weight: 600; }
.blanks { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 6mm; color: #4a5a51; font-size: 9pt; }
.blanks span { border-bottom: .6pt solid #4a5a51; padding-bottom: 5mm; }
footer { margin-top: 4mm; color: #4a5a51; font-size: 8pt; }
"""


def print_page(sheet: Sheet, language: str, *, footer: str = "", blanks: tuple[Line, ...] = ()) -> str:
    """The page.

    Parameters
    ----------
    sheet
        From :func:`symbiosis.report.sheet.build_sheet`.
    language
        ``fr`` or ``en``.
    footer
        Last line: territory, versions, fingerprint of the data.
    blanks
        Stage, owner and date; empty fields where nothing is known of them.

    Returns
    -------
    str
        HTML, with everything in it.
    """
    say = messages.translation(language).gettext
    status = f'<span class="tag{" ask" if sheet.is_to_investigate else ""}">{escape(sheet.status)}</span>'
    parties = escape(" → ".join(sheet.path))
    figures = "".join(
        f"<div><span>{escape(f.label)}</span><b>{escape(f.value)}</b><span>{escape(f.note)}</span></div>" for f in sheet.figures
    )
    banner = f'<div class="banner">{escape(sheet.banner)}</div>' if sheet.banner else ""
    fields = "".join(
        f"<span>{escape(blank.label)} <b>{escape(blank.value)}</b></span>" for blank in blanks or follow_up_blanks(language)
    )
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(sheet.synergy_id)} – '
        f"{escape(sheet.title)}</title><style>{_STYLE}</style></head><body>{banner}<header>"
        f'<div class="over">{escape(sheet.synergy_id)} · {escape(sheet.theme)}</div><h1>{escape(sheet.title)}</h1>'
        f'<div class="over"><span class="tag">{escape(sheet.kind)}</span>{status} {parties}</div></header>'
        f'<div class="figures">{figures}</div>{"".join(_section(s) for s in sheet.sections)}'
        f'<div class="next"><div class="over">{escape(say("Prochaine action"))}</div><p>{escape(sheet.next_action)}</p>'
        f'<div class="blanks">{fields}</div></div><footer>{escape(footer)}</footer></body></html>\n'
    )


def _section(section: Section) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    if section.table is not None:
        parts.append(_table(section.table))
    if section.lines:
        parts.append("<dl>" + "".join(_line(line) for line in section.lines) + "</dl>")
    if section.sentences:
        parts.append("<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in section.sentences) + "</ul>")
    if section.note:
        parts.append(f'<div class="note">{escape(section.note)}</div>')
    return f"<section>{''.join(parts)}</section>"


def _line(line: Line) -> str:
    note = f' <span class="note">– {escape(line.note)}</span>' if line.note else ""
    return f"<dt>{escape(line.label)}</dt><dd>{escape(line.value)}{note}</dd>"


def _table(table: pd.DataFrame) -> str:
    head = "".join(f"<th>{escape(str(name))}</th>" for name in table.columns)
    rows = ["".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in table.itertuples(index=False)]
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"
