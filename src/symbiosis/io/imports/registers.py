"""The waste register of Trackdéchets, outgoing or incoming: a row per movement, tonnes, dates ``AAAA-MM-JJ``.

Titles are those of the export and of the form in which companies declare (public source of the service, 2024 to 2026), matched
with case, accents, blanks and hyphens aside. What counts for a movement is what was accepted; else what was received less what
was refused; else what the emitter wrote, less what was refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd

from symbiosis.io.imports.checks import Columns
from symbiosis.io.imports.grids import bare
from symbiosis.io.imports.outlets import Outlets, operation_codes
from symbiosis.io.sheets import RawSheet

_BOTH = {
    "id": ("Identifiant unique",),
    "bordereau": ("N° de bordereau",),
    "modified": ("Date de dernière modification du bordereau",),
    "status": ("Statut du bordereau",),
    "description": ("Dénomination usuelle", "Dénomination du déchet", "Dénomination usuelle du déchet"),
    "waste_code": ("Code déchet", "Code du déchet"),
    "hazard": ("Dangereux",),
    "declared": ("Émetteur - Quantité de déchet", "Émetteur - Quantité de déchet (tonnes)", "Poids en tonnes"),
    "declared_kind": ("Émetteur - Type de quantité", "Type de poids"),
    "acceptance": ("Statut d'acceptation du déchet",),
    "received": ("Quantité réceptionnée nette (tonnes)", "Quantité réceptionnée nette"),
    "refused": ("Quantité refusée nette (tonnes)", "Quantité refusée nette"),
    "accepted": ("Quantité acceptée / traitée nette (tonnes)", "Quantité acceptée / traitée nette",
                 "Quantité traitée nette (tonnes)"),
    "accepted_kind": ("Type de poids de la quantité traitée nette",),
    "planned": ("Code opération prévu", "Code de traitement prévu"),
    "done": ("Code(s) de traitement réalisé(s)", "Code de traitement réalisé"),
    "declarant": ("SIRET du déclarant",),
}  # fmt: skip
_TITLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "outgoing": {
        **_BOTH,
        "day": ("Date d'expédition",),
        "day_done": ("Date de réalisation de l'opération",),
        "siret": ("Expéditeur - N° d'identification", "Expéditeur - SIRET", "SIRET de l'expéditeur ou du détenteur"),
        "name": ("Expéditeur - Raison sociale",),
        "address": ("Expéditeur - Libellé adresse", "Expéditeur - Adresse"),
        "postal_code": ("Expéditeur - Code postal",),
        "commune": ("Expéditeur - Commune",),
        "pickup_commune": (
            "Expéditeur - Commune du chantier / lieu de collecte",
            "Commune du chantier ou du lieu de collecte de l'expéditeur ou du détenteur",
        ),
        "partner": ("Destination - Raison sociale", "Raison sociale du destinataire"),
        "partner_commune": ("Destination - Commune", "Commune du destinataire"),
        "final": ("Destination finale - Code(s) de traitement final réalisé(s)",),
    },
    "incoming": {
        **_BOTH,
        "day": ("Date de réception",),
        "day_done": ("Date d'expédition",),
        "siret": ("Destination - N° d'identification", "Destination - SIRET", "SIRET du destinataire"),
        "name": ("Destination - Raison sociale",),
        "address": ("Destination - Libellé adresse", "Destination - Adresse"),
        "postal_code": ("Destination - Code postal",),
        "commune": ("Destination - Commune",),
        "partner": ("Expéditeur - Raison sociale", "Raison sociale de l'expéditeur"),
        "partner_commune": ("Expéditeur - Commune", "Commune de l'expéditeur"),
    },
}
# Without one of each group nothing can be made of the file; the others are missed, and said.
REQUIRED = (
    ("siret", "declarant"),
    ("description",),
    ("waste_code",),
    ("day", "day_done"),
    ("accepted", "received", "declared"),
)
_EXPECTED = ("id", "hazard", "name", "commune", "partner", "done", "planned", "refused")
# Only the outgoing register of the export has these; only the incoming one those.
_MARKS = {"outgoing": ("Date de réalisation de l'opération", "Destination - Code pays",
                       "SIRET de l'expéditeur ou du détenteur"),
          "incoming": ("Date de réception", "Heure de pesée", "SIRET du destinataire")}  # fmt: skip
_KINDS = MappingProxyType({"reel": "weighed", "estime": "declared"})
_VOID = frozenset(("brouillon", "draft", "annule", "canceled", "cancelled", "initial"))


def _places(direction: str, cells: Sequence[str]) -> dict[str, int]:
    """Position of each known column in a line of titles."""
    at: dict[str, int] = {}
    for i, cell in enumerate(cells):
        at.setdefault(bare(cell), i)
    found = {}
    for name, titles in _TITLES[direction].items():
        place = next((at[bare(title)] for title in titles if bare(title) in at), None)
        if place is not None:
            found[name] = place
    return found


def find_register(sheet: RawSheet, direction: str = "") -> tuple[str, int, dict[str, int]] | None:
    """Recognises a register by its titles.

    Parameters
    ----------
    sheet
        Any sheet.
    direction
        ``outgoing`` or ``incoming`` where it is known.

    Returns
    -------
    tuple or None
        Direction, position of the heading line, position of each column; None if this is no register.
    """
    best: tuple[int, int, str, dict[str, int]] | None = None
    for position, (_, cells) in enumerate(sheet.rows[:15]):
        titles = {bare(cell) for cell in cells}
        for one in (direction,) if direction else ("outgoing", "incoming"):
            places = _places(one, cells)
            marks = sum(bare(title) in titles for title in _MARKS[one])
            score = (len(places) + 10 * marks, -position)
            if len(places) >= 6 and "waste_code" in places and (direction or marks) and (best is None or score > best[:2]):
                best = (*score, one, places)
    return None if best is None else (best[2], -best[1], best[3])


def read_register(
    columns: Columns, direction: str, outlets: Outlets, known: Mapping[str, bool | None], today: date
) -> pd.DataFrame:
    """Movements of a register.

    Parameters
    ----------
    columns
        Of the sheet, under the names of this module; takes the problems.
    direction
        ``outgoing`` or ``incoming``.
    outlets
        To know which operations exist.
    known
        Hazard by waste code of the list.
    today
        No movement is later.

    Returns
    -------
    pandas.DataFrame
        By row number, rows without error only: what :func:`~symbiosis.io.imports.yearly.yearly` asks for, with `id`,
        `modified` and the facts of the site.
    """
    head = columns.sheet.rows[columns.position][0]
    labels = {name: titles[0] for name, titles in _TITLES[direction].items()}
    for group in REQUIRED:
        columns.require(group, labels[group[-1] if group[0] == "accepted" else group[0]])
    for name in _EXPECTED:
        if name not in columns.text:
            columns.problems.append(columns.problem(head, labels[name], "import_column_missing", "warning"))
    rows = pd.DataFrame(index=columns.text.index)
    has_own = columns.texts("siret") != ""
    own = columns.sirets(columns.texts("siret"), "siret")
    rows["siret"] = own.where(has_own, columns.sirets(columns.texts("declarant").mask(has_own, ""), "declarant"))
    for name in ("name", "address", "postal_code", "commune", "description"):
        rows[name] = columns.texts(name)
    rows["insee_code"] = ""
    rows["waste_code"], rows["is_hazardous"] = columns.waste_codes("waste_code", "hazard", known)
    day, fallback = columns.days("day", today), columns.days("day_done", today)
    rows["day"] = day.where(columns.texts("day") != "", fallback)
    rows["quantity"], rows["evidence"] = _net(columns)
    rows["unit"], rows["movements"] = "t", 1.0
    town = columns.texts("partner_commune")
    rows["destination"] = columns.texts("partner").str.cat(town.where(town == "", " (" + town + ")"))
    rows["operations"] = _operations(columns, outlets)
    rows["id"] = columns.first_of(("id", "bordereau"))
    rows["modified"] = columns.texts("modified")
    pickup = columns.texts("pickup_commune")
    rows["is_elsewhere"] = (pickup != "") & (pickup.map(bare) != rows["commune"].map(bare))
    columns.broken_accents(("description", "name", "commune"))
    _suspicious(columns, rows)
    folded = columns.texts("status").map({cell: bare(cell) for cell in columns.texts("status").unique()})
    return rows[~rows.index.isin(list(columns.bad_rows)) & ~folded.isin(list(_VOID))]


def _net(columns: Columns) -> tuple[pd.Series, pd.Series]:
    """Tonnes that count for each movement, and how they are known."""
    accepted, received = columns.numbers("accepted"), columns.numbers("received")
    refused, declared = columns.numbers("refused"), columns.numbers("declared")
    was_refused = columns.texts("acceptance").map(bare).isin(["refused", "refuse"]) & accepted.isna()
    gross = received.where(received.notna(), declared)
    columns.flag(refused > gross + 1e-9, "refused", "refused_exceeds_received")
    net = accepted.where(accepted.notna(), (gross - refused.fillna(0.0)).clip(lower=0.0))
    net = net.mask(was_refused & refused.isna(), 0.0)
    treated = columns.kinds("accepted_kind", _KINDS)
    written = columns.kinds("declared_kind", _KINDS)
    is_treated = accepted.notna() | received.notna()
    kind = treated.where(is_treated, written).replace("", "declared")
    return net, kind


def _operations(columns: Columns, outlets: Outlets) -> pd.Series:
    """Operation codes of each movement, ``R13, R3``: those of the final destination, else done, else planned."""
    for name in ("final", "done", "planned"):
        cells = columns.texts(name)
        codes = {cell: operation_codes(cell) for cell in cells.unique() if cell}
        strange = [cell for cell, found in codes.items() if not found or not all(map(outlets.known, found))]
        columns.flag(cells.isin(strange), name, "unknown_operation", "warning")
        columns.flag(cells.isin([cell for cell, found in codes.items() if any(map(outlets.forbidden, found))]), name,
                     "forbidden_operation", "warning")  # fmt: skip
    chosen = columns.first_of(("final", "done", "planned"))
    return chosen.map({cell: ", ".join(c for c in operation_codes(cell) if outlets.known(c)) for cell in chosen.unique()})


def _suspicious(columns: Columns, rows: pd.DataFrame) -> None:
    """Kilograms typed as tonnes: a movement that no lorry carries, and far above its like."""
    usual = rows.groupby("waste_code")["quantity"].transform("median")
    name = next((n for n in ("accepted", "received", "declared") if n in columns.text), "declared")
    heavy = (rows["quantity"] > 1000) | ((rows["quantity"] > 100) & (rows["quantity"] > 50 * usual))
    columns.flag(heavy, name, "suspicious_movement", "warning")


def counted_once(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Movements without their repeats: of rows with one id the latest modified counts, and of those the last.

    Parameters
    ----------
    rows
        Movements with `id` and `modified`, of one file or of exports that overlap.

    Returns
    -------
    pandas.DataFrame
        Those that count.
    pandas.Series
        By line that was left out: the line that counts, negative where the two differ in code, day or tonnes.
    """
    named = rows[rows["id"] != ""].sort_values("modified", kind="stable")
    last = named[~named.duplicated("id", keep="last")]
    left = named[named.duplicated("id", keep="last")]
    kept = last.set_index("id").loc[left["id"]]
    line = pd.Series(last.index, index=last["id"]).loc[left["id"]].to_numpy()
    same = (
        (kept["waste_code"].to_numpy() == left["waste_code"].to_numpy())
        & (kept["day"].to_numpy() == left["day"].to_numpy())
        & np.isclose(kept["quantity"].to_numpy(dtype=float), left["quantity"].to_numpy(dtype=float))
    )
    return rows.drop(index=left.index), pd.Series(np.where(same, line, -line), index=left.index, dtype="int64")
