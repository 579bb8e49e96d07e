"""What the columns of a register or statement of any make mean: guessed from titles and values, kept as JSON, known again by
the titles.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from rapidfuzz import fuzz

from symbiosis.declarations.cells import read_code
from symbiosis.declarations.numbers import Mark, decimal_mark, looks_like_date
from symbiosis.io.imports.grids import bare
from symbiosis.io.sheets import RawSheet
from symbiosis.units import parse_unit

# Titles, French and English; the value's shape decides between two that fit.
MEANINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "siret": ("siret", "n siret", "numero siret", "siret producteur", "siret du site", "etablissement siret", "siret number"),
    "company": ("entreprise", "structure", "organisme", "organisation", "association", "enseigne", "magasin", "commerce",
                "acteur", "nom de l entreprise", "raison sociale", "societe", "client", "producteur", "nom du site", "site",
                "etablissement", "store", "shop", "business", "company", "customer", "producer"),
    "address": ("adresse", "address", "rue"),
    "postal_code": ("code postal", "cp", "postal code", "zip"),
    "commune": ("commune", "ville", "localite", "city", "town", "municipality"),
    "insee_code": ("code insee", "insee", "code commune"),
    "description": ("designation", "libelle", "dechet", "nature du dechet", "type de dechet", "matiere", "denomination", "flux",
                    "denomination usuelle", "produit", "article", "description", "waste", "material", "nature", "intitule",
                    "libelle dechet", "waste type", "ce qui sort", "gisement", "sous produit", "coproduit", "dechet coproduit",
                    "j ai", "offre", "flux sortant", "produits", "product", "what leaves", "output", "by product",
                    "recherche", "besoin", "besoins", "je cherche", "cherche", "demande",
                    "ce qui est cherche", "a besoin de", "matiere recherchee",
                    "ressource", "ressource recherchee", "need", "looking for", "wanted"),
    "waste_code": ("code dechet", "code ced", "code europeen", "code", "nomenclature", "code nomenclature", "ewc", "low code",
                   "code cee", "ced", "rubrique dechet", "waste code", "ewc code", "code du dechet"),
    "hazardous": ("dangereux", "dd dnd", "dechet dangereux", "hazardous", "dangerosite"),
    "quantity": ("quantite", "tonnage", "tonnes", "poids", "poids net", "masse", "qte", "quantite tonnes", "tonnage t",
                 "volume", "qty", "quantity", "weight", "net weight", "poids kg", "quantite kg", "total tonnes"),
    "unit": ("unite", "u", "unite de mesure", "unit", "uom"),
    "date": ("date", "date d enlevement", "date enlevement", "date d expedition", "date de collecte", "date bon", "jour",
             "date of collection", "pick up date", "collection date"),
    "month": ("mois", "periode", "month", "period"),
    "year": ("annee", "exercice", "year"),
    "movements": ("nombre d enlevements", "nb enlevements", "nombre de rotations", "nb rotations", "nb de bennes",
                  "nombre de passages", "nombre de levees", "enlevements", "pick ups", "collections"),
    "destination": ("destination", "destinataire", "exutoire", "centre de traitement", "installation de destination",
                    "repreneur", "site de traitement", "filiere", "facility", "receiver", "outlet"),
    "treatment": ("code traitement", "traitement", "code de traitement", "operation", "code operation", "code d r",
                  "mode de traitement",                  "code r d", "treatment code", "treatment", "operation code"),
    "evidence": ("type de poids", "type de quantite", "mode d estimation", "preuve", "weighing"),
    "rental": ("location", "location benne", "cout location", "loyer", "location mensuelle", "rental", "container rental"),
    "rotation": ("rotation", "cout rotation", "cout enlevement", "prix enlevement", "enlevement ht", "collecte ht",
                 "pick up cost", "cout de collecte"),
    "transport": ("transport", "cout transport", "transport ht", "transport cost", "haulage"),
    "treatment_cost": ("cout traitement", "traitement ht", "prix traitement", "cout de traitement",
                       "treatment cost", "gate fee"),
    "tax": ("tgap", "taxe", "taxes", "tax", "landfill tax"),
    "cost": ("cout", "cout total", "montant", "montant ht", "total ht", "prix total", "cost", "amount", "total cost"),
    "unit_cost": ("prix unitaire", "cout unitaire", "prix tonne", "prix a la tonne", "cout tonne", "eur t", "prix max",
                  "prix maximum", "prix d achat", "unit price", "price per tonne", "cost per tonne", "maximum price"),
    "resale": ("rachat", "recette", "valorisation matiere", "prix de reprise", "recettes", "revenue", "rebate"),
})  # fmt: skip
_SHAPES = {
    "siret": "siret", "waste_code": "code", "date": "date", "unit": "unit", "treatment": "operation",
    **dict.fromkeys(("quantity", "movements", "year", "rental", "rotation", "transport", "treatment_cost", "tax", "cost",
                     "unit_cost", "resale"), "number"),
    **dict.fromkeys(("company", "commune", "description", "destination", "address"), "text"),
}  # fmt: skip
_ALONE = {"siret": 0.75, "code": 0.7, "date": 0.6, "operation": 0.6, "unit": 0.55}
_BY_SHAPE = {"siret": "siret", "code": "waste_code", "date": "date", "operation": "treatment", "unit": "unit"}
LEAST = 0.5
_SEARCH_ROWS = 30
_NUMBER = re.compile(r"[+-]?[\d\s\u00a0\u202f.,']*\d\s*(?:€|eur)?", re.IGNORECASE)
_NUMBER_IN_WORDS = re.compile(r"(?:≈|~|±|env\S*|approx\S*|about)?\s*\d[\d\s\u00a0\u202f.,']*\s*([^\d\s].*)?", re.IGNORECASE)
_OPERATION = re.compile(r"[RD]\s?\d{1,2}[A-F]?", re.IGNORECASE)
_UNIT_IN_TITLE = re.compile(r"\b(kg|tonnes?|t|m3|m³|litres?|l|kwh|mwh)\b", re.IGNORECASE)
_PERIOD_WORDS = {
    "an": "an", "annee": "an", "year": "an", "yr": "an", "annuel": "an", "annuelle": "an", "yearly": "an", "annual": "an",
    "trimestre": "trimestre", "trimestriel": "trimestre", "quarter": "trimestre", "quarterly": "trimestre",
    "mois": "mois", "mensuel": "mois", "mensuelle": "mois", "month": "mois", "monthly": "mois",
    "semaine": "semaine", "sem": "semaine", "hebdo": "semaine", "hebdomadaire": "semaine", "week": "semaine",
    "weekly": "semaine", "jour": "jour", "jours": "jour", "quotidien": "jour", "journalier": "jour", "day": "jour",
    "daily": "jour",
}  # fmt: skip
"""Words of a title that say which period its quantities cover; a day is none that can be made a year, and is asked about."""
_OF_THE_LIST = frozenset(("releve", "visite", "maj", "mise", "diagnostic", "saisie", "entretien", "survey", "visit", "update"))
"""Words of a title that say when a list was made, not when something was collected."""
_MONEY = ("rental", "rotation", "transport", "treatment_cost", "tax", "cost", "unit_cost", "resale")
_PER_UNIT = re.compile(r"(?:€|eur|euros?)\s*(?:/|par|la|per)\s*(?:t\b|tonne|m3|m³|kg|u\b|unit)", re.IGNORECASE)
_MONTH = re.compile(r"(?:\d{1,2}/\d{4}|\d{4}-\d{2}|[a-zéûà]+\.? \d{4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What one column probably means.

    Attributes
    ----------
    heading
        As written.
    meaning
        Key of :data:`MEANINGS`, empty where nothing fits.
    confidence
        Between 0 and 1.
    decimal
        Decimal mark that the cells of the column agree on, empty where they do not settle it.
    """

    heading: str
    meaning: str = ""
    confidence: float = 0.0
    decimal: Mark | str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Meaning of the columns of one form of file, and what the file itself does not say.

    Attributes
    ----------
    columns
        Meaning by heading, as written; a heading that is not there is not read.
    decimal
        Decimal mark by heading, where somebody settled it.
    unit
        Unit of the quantities where no column gives it.
    direction
        ``outgoing`` or ``incoming``.
    siret, company, commune
        The site, where no column gives it.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    decimal: Mapping[str, str] = field(default_factory=dict)
    unit: str = "t"
    direction: str = "outgoing"
    siret: str = ""
    company: str = ""
    commune: str = ""

    def at(self, other: ColumnMapping | None) -> ColumnMapping:
        """The same meaning of columns, for the site of another mapping."""
        if other is None:
            return self
        return replace(self, siret=other.siret or self.siret, company=other.company or self.company,
                       commune=other.commune or self.commune)  # fmt: skip

    def to_json(self) -> str:
        """The mapping as a JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> ColumnMapping:
        """Read what :meth:`to_json` wrote.

        Parameters
        ----------
        text
            A JSON object.

        Returns
        -------
        ColumnMapping

        Raises
        ------
        ValueError
            If it is no such object, or a meaning is not known.
        """
        data = json.loads(text)
        if not isinstance(data, dict) or not isinstance(data.get("columns", {}), dict):
            raise ValueError("no JSON object with columns")  # noqa: TRY004 - the file is wrong, not the call
        unknown = sorted(set(data.get("columns", {}).values()) - {*MEANINGS, ""})
        if unknown:
            raise ValueError(f"unknown meaning: {', '.join(unknown)}; known: {', '.join(MEANINGS)}")
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**known)


def headings_digest(headings: Sequence[str]) -> str:
    """What a form of file is known again by: its titles, case and accents aside."""
    return hashlib.sha256("\x1f".join(bare(h) for h in headings).encode()).hexdigest()


def remembered(file: Path, headings: Sequence[str]) -> ColumnMapping | None:
    """Mapping that was kept for files of this form.

    Parameters
    ----------
    file
        JSON object of mappings by digest; it need not exist.
    headings
        Titles of the file at hand.

    Returns
    -------
    ColumnMapping or None
    """
    if not file.is_file():
        return None
    kept = json.loads(file.read_text(encoding="utf-8")).get(headings_digest(headings))
    return None if kept is None else ColumnMapping.from_json(json.dumps(kept))


def remember(file: Path, headings: Sequence[str], mapping: ColumnMapping) -> None:
    """Keep a mapping for files of this form.

    Parameters
    ----------
    file
        JSON object of mappings by digest; made if needed.
    headings
        Titles of the file at hand.
    mapping
        To keep.
    """
    kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    kept[headings_digest(headings)] = asdict(mapping)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def guess_mapping(headings: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[Guess, ...]:
    """Proposes a meaning for each column.

    Parameters
    ----------
    headings
        Titles as written.
    sample
        Some rows under them.

    Returns
    -------
    tuple of Guess
        One for each heading, in order; no meaning is given twice.
    """
    columns = [[row[i].strip() for row in sample if i < len(row) and row[i].strip()] for i in range(len(headings))]
    shapes = [_shape_shares(cells) for cells in columns]
    scored = sorted(
        ((_confidence(heading, meaning, shapes[i]), -i, meaning) for i, heading in enumerate(headings) if heading.strip()
         for meaning in MEANINGS),
        reverse=True,
    )  # fmt: skip
    chosen: dict[int, tuple[str, float]] = {}
    for confidence, place, meaning in scored:
        if confidence >= LEAST and -place not in chosen and meaning not in {m for m, _ in chosen.values()}:
            chosen[-place] = (meaning, confidence)
    return tuple(
        Guess(heading=heading, meaning=chosen.get(i, ("", 0.0))[0], confidence=round(chosen.get(i, ("", 0.0))[1], 2),
              decimal=decimal_mark(columns[i]) or "")
        for i, heading in enumerate(headings)
    )  # fmt: skip


def _shape_shares(cells: Sequence[str]) -> dict[str, float]:
    """Which part of the filled cells has each shape; empty where there are none."""
    if not cells:
        return {}
    tests = {
        "siret": [len("".join(c.split())) == 14 and "".join(c.split()).isdecimal() for c in cells],
        "code": [read_code(c)[0] != "" and 1 <= int(read_code(c)[0][:2]) <= 20 for c in cells],
        "date": [looks_like_date(c) for c in cells],
        "operation": [_OPERATION.fullmatch(c) is not None for c in cells],
        "unit": [parse_unit(c) is not None for c in cells],
        "number": [_is_number(c) for c in cells],
    }
    shares = {name: sum(found) / len(found) for name, found in tests.items()}
    shares["text"] = 1.0 - max(shares["number"], shares["date"])
    return shares


def _is_number(cell: str) -> bool:
    """Whether a cell is a number, with the words that people put around one: ``≈ 60``, ``80 000 kg``."""
    if _NUMBER.fullmatch(cell):
        return True
    worded = _NUMBER_IN_WORDS.fullmatch(cell)
    return worded is not None and (not worded.group(1) or parse_unit(worded.group(1)) is not None)


def _confidence(heading: str, meaning: str, shares: Mapping[str, float]) -> float:
    if meaning in ("cost", "unit_cost") and _PER_UNIT.search(heading):
        # "Coût (€/t)" says a cost by unit, however the cost is called.
        return shares.get("number", 0.8) if meaning == "unit_cost" else 0.0
    if meaning == "date" and _OF_THE_LIST & set(bare(heading).split()):
        return 0.0
    if _measured_title(heading):
        # "Amount [t]" says an amount of matter, "kg par semaine" too; neither is one of money.
        if meaning in _MONEY:
            return 0.0
        if meaning == "quantity":
            return max(0.8, _title_score(bare(heading), meaning)) * (0.4 + 0.6 * shares.get("number", 1.0))
    title = _title_score(bare(_UNIT_IN_TITLE.sub(" ", re.sub(r"[()\[\]€]", " ", heading))) or bare(heading), meaning)
    title = max(title, _title_score(bare(heading), meaning))
    shape = _SHAPES.get(meaning, "")
    if not shares:
        return 0.8 * title
    if title >= LEAST:
        return title * (0.4 + 0.6 * shares[shape]) if shape else title * 0.95
    alone = next((name for name, one in _BY_SHAPE.items() if one == meaning), "")
    return _ALONE[alone] * shares[alone] if alone and shares[alone] >= 0.8 and not (alone == "unit" and title) else 0.0


def _measured_title(heading: str) -> bool:
    """Whether a title is a unit, or ends with one in brackets."""
    inside = re.search(r"[\[(]([^\])]*)[\])]\s*$", heading)
    return parse_unit(inside.group(1) if inside else heading) is not None


def _unit_of_title(heading: str) -> str:
    """Unit that a title gives its quantities, with its period if any: ``kg/semaine``; empty where it gives none."""
    words = bare(re.sub(r"[()\[\]]", " ", heading))
    # "Tonnage (kg)" is in kilograms: a tonnage says tonnes only where nothing says better.
    written = _UNIT_IN_TITLE.search(words) or _UNIT_IN_TITLE.search(words.replace("tonnage", "t"))
    period = next((_PERIOD_WORDS[word] for word in words.split() if word in _PERIOD_WORDS), "an")
    unit = written.group(1) if written and parse_unit(written.group(1)) else "" if period == "an" else "t"
    return unit if period == "an" else f"{unit}/{period}"


def _title_score(title: str, meaning: str) -> float:
    words = set(title.split())
    best = 0.0
    for synonym in MEANINGS[meaning]:
        if title == synonym:
            return 1.0
        if set(synonym.split()) <= words:
            # Words besides the known ones make it less sure, and a longer synonym explains more of the title.
            best = max(best, 0.6 + 0.3 * len(synonym.split()) / len(words))
        elif len(title) > 4 and fuzz.ratio(title, synonym) >= 88:
            best = max(best, 0.75)
    return best


def find_table(sheet: RawSheet, mapping: ColumnMapping | None = None) -> tuple[int, tuple[Guess, ...]] | None:
    """Heading line of a register or statement, and what its columns mean; titles of a report may stand above it.

    Parameters
    ----------
    sheet
        Any sheet.
    mapping
        Where it is given, it decides.

    Returns
    -------
    tuple or None
        Position of the heading line and a guess for each of its cells; None if the sheet holds no such table.
    """
    best: tuple[float, int, tuple[Guess, ...]] | None = None
    for position, (_, cells) in enumerate(sheet.rows[:_SEARCH_ROWS]):
        if sum(bool(cell.strip()) for cell in cells) < 2:
            continue
        if mapping is not None and mapping.columns:
            known = {bare(heading): meaning for heading, meaning in mapping.columns.items()}
            guesses = tuple(Guess(heading=c, meaning=known.get(bare(c), ""), confidence=1.0) for c in cells)
            score = float(sum(bool(g.meaning) for g in guesses))
        else:
            guesses = guess_mapping(cells, [row for _, row in sheet.rows[position + 1 : position + 61]])
            # Values look like values whatever stands above them: a heading line is known by its titles.
            score = sum(max(_title_score(bare(g.heading), g.meaning), 0.3) for g in guesses if g.meaning)
            meanings = {g.meaning for g in guesses}
            if "quantity" not in meanings or not meanings & {"description", "waste_code"}:
                continue
        if score and (best is None or score > best[0]):
            best = (score, position, guesses)
    return None if best is None else (best[1], best[2])


def settled(guesses: Sequence[Guess], mapping: ColumnMapping | None = None) -> ColumnMapping:
    """The mapping that guesses amount to, with what a given one says besides columns.

    Parameters
    ----------
    guesses
        Of the headings of one file.
    mapping
        Site, direction and unit.

    Returns
    -------
    ColumnMapping
    """
    quantity = next((g.heading for g in guesses if g.meaning == "quantity"), "")
    unit = _unit_of_title(quantity)
    base = mapping or ColumnMapping()
    return replace(
        base, columns={g.heading: g.meaning for g in guesses if g.meaning},
        decimal={**{g.heading: str(g.decimal) for g in guesses if g.meaning and g.decimal}, **base.decimal},
        unit=unit if unit and base.unit == "t" else base.unit,
    )  # fmt: skip
