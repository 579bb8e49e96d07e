"""An extract of the register of establishments (SIRENE), CSV or workbook: companies and sites with activity, size, address.

Nobody is said to have a flow: what an activity usually has is a question (:mod:`symbiosis.questions`). Closed establishments
and those whose owner asked not to be published are left out.
"""

from __future__ import annotations

import re

import pandas as pd

from symbiosis.io.imports.checks import Columns
from symbiosis.io.imports.grids import bare
from symbiosis.io.imports.irep import degrees_of
from symbiosis.io.sheets import RawSheet

LABEL = "Répertoire SIRENE"
_TITLES = {
    "siret": ("siret", "numero siret", "n siret"),
    "name": ("denominationunitelegale", "denomination", "raison sociale", "nom", "nom raison sociale", "nom complet",
             "enseigne1etablissement", "denominationusuelleetablissement", "entreprise", "enseigne", "name"),
    "nace": ("activiteprincipaleetablissement", "code naf", "naf", "ape", "code ape", "activite principale", "nace",
             "code naf ape", "activiteprincipaleunitelegale"),
    "headcount": ("trancheeffectifsetablissement", "tranche d effectif", "tranche effectif", "tranche d effectifs", "effectif",
                  "effectifs", "trancheeffectifsunitelegale", "tranche effectifs", "headcount"),
    "address": ("adresse", "geo adresse", "adresse complete", "address"), "number": ("numerovoieetablissement",),
    "street_kind": ("typevoieetablissement",), "street": ("libellevoieetablissement",),
    "postal_code": ("codepostaletablissement", "code postal", "cp"),
    "commune": ("libellecommuneetablissement", "commune", "ville"),
    "insee_code": ("codecommuneetablissement", "code commune", "code insee"),
    "state": ("etatadministratifetablissement", "etat administratif", "etat"),
    "publicity": ("statutdiffusionetablissement", "statut diffusion", "statutdiffusionunitelegale"),
    "x": ("coordonneelambertabscisseetablissement", "x"), "y": ("coordonneelambertordonneeetablissement", "y"),
    "latitude": ("latitude", "lat"), "longitude": ("longitude", "lon", "long"),
}  # fmt: skip
_BANDS = {
    "00": "0", "01": "1-2", "02": "3-5", "03": "6-9", "11": "10-19", "12": "20-49", "21": "50-99", "22": "100-199",
    "31": "200-249", "32": "250-499", "41": "500-999", "42": "1000-1999", "51": "2000-4999", "52": "5000-9999", "53": "10000+",
    "NN": "",
}  # fmt: skip


def find_sirene(sheet: RawSheet) -> tuple[int, dict[str, int]] | None:
    """Heading line of an extract and position of its columns, or None: it has SIRET and activity, and no quantity."""
    for position, (_, cells) in enumerate(sheet.rows[:10]):
        head = [bare(cell) for cell in cells]
        at = {name: head.index(one) for name, known in _TITLES.items() for one in reversed(known) if one in head}
        if {"siret", "nace"} <= set(at) and not any(re.search(r"\b(?:quantite|tonnage|poids)\b", title) for title in head):
            return position, at
    return None


def read_sirene(columns: Columns) -> tuple[pd.DataFrame, dict[str, float]]:
    """Facts of the establishments of an extract.

    Parameters
    ----------
    columns
        Of the sheet; takes the problems.

    Returns
    -------
    pandas.DataFrame
        By row number, as for :func:`~symbiosis.io.imports.places.settle`.
    dict of str to float
        What was left out.
    """
    rows = pd.DataFrame(index=columns.text.index)
    columns.flag(columns.texts("siret") == "", "siret", "missing_value")
    rows["siret"] = columns.sirets(columns.texts("siret"), "siret")
    for name in ("name", "postal_code", "commune", "insee_code", "latitude", "longitude"):
        rows[name] = columns.texts(name)
    street = columns.texts("number") + " " + columns.texts("street_kind") + " " + columns.texts("street")
    street = street.str.replace(r"\s+", " ", regex=True).str.strip()
    rows["address"] = columns.texts("address").where(columns.texts("address") != "", street)
    code = columns.texts("nace").str.upper().str.replace(r"[^0-9A-Z]", "", regex=True)
    shaped = code.str.fullmatch(r"\d{4}[A-Z]?")
    columns.flag((code != "") & ~shaped, "nace", "unreadable_activity", "warning")
    rows["nace"] = (code.str[:2] + "." + code.str[2:]).where(shaped, "")
    band = columns.texts("headcount")
    padded = band.map(lambda cell: cell.zfill(2) if cell.isdecimal() else cell.upper())
    rows["headcount"] = padded.map(_BANDS).where(padded.isin(list(_BANDS)), band)
    x, y = columns.numbers("x", minimum=None), columns.numbers("y", minimum=None)
    projected = x.notna() & y.between(6.0e6, 7.3e6)
    if projected.any():
        lat, lon = degrees_of(x[projected].to_numpy(dtype=float), y[projected].to_numpy(dtype=float), "2154")
        rows.loc[projected, "latitude"] = [f"{v:.5f}" for v in lat]
        rows.loc[projected, "longitude"] = [f"{v:.5f}" for v in lon]
    is_closed = columns.texts("state").map(bare).isin(["f", "ferme", "fermee", "closed"])
    is_hidden = columns.texts("publicity").map(bare).isin(["n", "p", "non"])
    columns.broken_accents(("name", "commune"))
    left = {"closed": float(is_closed.sum()), "not_published": float((is_hidden & ~is_closed).sum())}
    return rows[~is_closed & ~is_hidden & ~rows.index.isin(list(columns.bad_rows))], left
