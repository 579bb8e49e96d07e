"""Synthetic exports of a waste register, in the form of the public service: invented companies, real communes, a seed.

Twenty faults can be planted; each is said with the row and the column where it must be reported.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import xlsxwriter

COLUMNS = Path(__file__).parent / "data" / "trackdechets_columns.csv"
COMMUNES = Path(__file__).parents[1] / "datasets" / "val-de-fensch" / "communes.csv"
WASTES = (
    ("Palettes bois usagées", "15 01 03", "N", "R3", 4.0),
    ("Cartons d'emballage", "15 01 01", "N", "R3", 2.5),
    ("Films plastiques", "15 01 02", "N", "R12", 1.5),
    ("Huiles moteur usagées", "13 02 05*", "O", "R9", 3.0),
    ("Chiffons souillés", "15 02 02*", "O", "R1", 0.8),
    ("Ferraille", "17 04 05", "N", "R4", 9.0),
    ("DIB en mélange", "20 03 01", "N", "D5", 5.0),
    ("Boues de peinture", "08 01 13*", "O", "D10", 2.0),
)


def luhn(digits: str) -> str:
    """The digits with the check digit of a SIREN or SIRET behind them."""
    total = sum(d - 9 if d > 9 else d for d in (int(c) * (2 if i % 2 == 0 else 1) for i, c in enumerate(reversed(digits))))
    return digits + str(-total % 10)


@cache
def siret(number: int) -> str:
    """An establishment that does not exist, well formed."""
    return luhn(luhn(f"{90_000_000 + number:08d}")[:9] + "0001")


def titles(register: str) -> list[str]:
    """Titles of the export, in order: ``sortant`` or ``entrant``."""
    with COLUMNS.open(encoding="utf-8", newline="") as stream:
        return [row["intitule_colonne"] for row in csv.DictReader(stream) if row["registre"] == f"registre {register}"]


@dataclass
class Export:
    """A register: titles, rows, and what it must come to."""

    head: list[str]
    rows: list[list[str]] = field(default_factory=list)
    tonnes: dict[tuple[str, str, str], float] = field(default_factory=dict)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def put(self, row: int, title: str, value: str) -> None:
        """Change a cell, by the row that a spreadsheet shows."""
        self.rows[row - 2][self.head.index(title)] = value

    def get(self, row: int, title: str) -> str:
        """A cell, by the row that a spreadsheet shows."""
        return self.rows[row - 2][self.head.index(title)]

    def write_csv(self, path: Path, *, encoding: str = "utf-8", delimiter: str = ";") -> Path:
        stream = io.StringIO()
        csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows([self.head, *self.rows])
        path.write_bytes(stream.getvalue().encode(encoding))
        return path

    def write_xlsx(self, path: Path) -> Path:
        numbers = {i for i, title in enumerate(self.head) if title.startswith(("Quantité", "Émetteur - Quantité"))}
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet("registre")
            for i, cells in enumerate([self.head, *self.rows]):
                for j, cell in enumerate(cells):
                    if i and j in numbers and cell.replace(".", "", 1).isdecimal():
                        sheet.write_number(i, j, float(cell))
                    elif cell:
                        sheet.write_string(i, j, cell)
        return path


def export(
    movements: int = 20_000,
    sites: int = 300,
    *,
    seed: int = 57190,
    register: str = "sortant",
    first: date = date(2025, 1, 1),
    days: int = 365,
) -> Export:
    """An honest export: whole year, every site in a commune that exists, refusals, estimates, several operation codes."""
    draw = random.Random(seed)
    with COMMUNES.open(encoding="utf-8", newline="") as stream:
        communes = [row for row in csv.DictReader(stream) if row["country"] == "FR"]
    made = Export(head=titles(register))
    place = {title: i for i, title in enumerate(made.head)}
    party, other = ("Expéditeur", "Destination") if register == "sortant" else ("Destination", "Expéditeur")
    for n in range(movements):
        site = n % sites
        town = communes[(site * 7) % len(communes)]
        name, code, hazard, operation, load = WASTES[draw.randrange(3) * 2 % 8 + site % 2]
        day = first + timedelta(days=draw.randrange(days))
        received = round(load * draw.uniform(0.6, 1.4), 3)
        refused = round(received * 0.25, 3) if draw.random() < 0.02 else 0.0
        accepted = round(received - refused, 3)
        spelt = name.upper() if draw.random() < 0.1 else name
        cells = dict.fromkeys(made.head, "")
        cells.update(
            {
                "Source": "Tracé" if hazard == "O" else "Déclaré",
                "identifiant unique": f"BSD-{seed}-{n:06d}",
                "N° de bordereau": f"BSD-{seed}-{n:06d}",
                "SIRET du déclarant": siret(site),
                "Date de création du bordereau": day.isoformat(),
                "Date de dernière modification du bordereau": day.isoformat(),
                "Date d'expédition": day.isoformat(),
                "Type de bordereau": "BSDD",
                "Statut du bordereau": "Traité",
                "Dénomination usuelle": spelt,
                "Code déchet": code,
                "POP": "N",
                "Dangereux": hazard,
                "Émetteur - Quantité de déchet ": f"{received:.3f}",
                f"{party} - N° d'identification": siret(site),
                f"{party} - Raison sociale": f"Atelier fictif n° {site:03d}",
                f"{party} - Libellé adresse": f"{site + 1} rue des Essais",
                f"{party} - Commune": town["commune"],
                f"{party} - Code postal": town["insee_code"][:2] + "000",
                f"{other} - N° d'identification": siret(5000 + site % 9),
                f"{other} - Raison sociale": f"Centre fictif {site % 9}",
                f"{other} - Commune": communes[site % 9]["commune"],
                "Transporteur - Raison sociale": "Transports fictifs",
                "Statut d'acceptation du déchet": "Accepté",
                "Quantité réceptionnée nette (tonnes)": f"{received:.3f}",
                "Type de poids de la quantité traitée nette": "ESTIME" if code == "20 03 01" else "REEL",
                "Quantité refusée nette (tonnes)": f"{refused:.3f}" if refused else "",
                "Quantité acceptée / traitée nette (tonnes)": f"{accepted:.3f}" if draw.random() < 0.8 else "",
                "Code opération prévu": operation,
                "Code(s) de traitement réalisé(s)": operation,
            }
        )
        for title, value in (
            (f"{party} - Code pays", "FR"),
            ("Émetteur - Type de quantité", "REEL"),
            ("Date de réception", day.isoformat()),
            ("Date de réalisation de l'opération", day.isoformat()),
        ):
            if title in place:
                cells[title] = value
        made.rows.append([cells[title] for title in made.head])
        key = (siret(site), code.replace(" ", "").rstrip("*"), name)
        made.tonnes[key] = made.tonnes.get(key, 0.0) + accepted
        made.counts[key] = made.counts.get(key, 0) + 1
    return made


def plant(made: Export, *, start: int = 40, step: int = 17) -> set[tuple[str, int, str]]:
    """Twenty faults in an outgoing export, each in a row of its own: code, row and column where it must be said."""
    quantity, accepted = "Quantité réceptionnée nette (tonnes)", "Quantité acceptée / traitée nette (tonnes)"
    refused, day, code = "Quantité refusée nette (tonnes)", "Date d'expédition", "Code déchet"
    sender, unique, name = "Expéditeur - N° d'identification", "identifiant unique", "Dénomination usuelle"
    operation = "Code(s) de traitement réalisé(s)"
    faults = (
        ("siret_check_digit", sender, "90000000000018"),
        ("siret_malformed", sender, "9000000000001"),
        ("missing_value", sender, ""),
        ("unreadable_code", code, "bois"),
        ("leading_zero_lost", code, "80111"),
        ("unknown_code", code, "15 01 99"),
        ("no_such_day", day, "2025-13-45"),
        ("missing_value", day, ""),
        ("date_in_future", day, "2062-03-01"),
        ("not_a_number", accepted, "12 t"),
        ("negative_number", accepted, "-3.5"),
        ("not_finite", accepted, "inf"),
        ("missing_value", accepted, ""),
        ("hazard_contradiction", "Dangereux", "N"),
        ("refused_exceeds_received", refused, "99"),
        ("unknown_operation", operation, "R99"),
        ("suspicious_movement", accepted, "26000"),
        ("movement_twice", unique, ""),
        ("unknown_choice", "Type de poids de la quantité traitée nette", "PESE"),
        ("broken_accents", name, "DÃ©chets de bois"),
    )
    planted = set()
    for i, (fault, title, wrong) in enumerate(faults):
        value = wrong
        row = start + i * step
        if fault == "hazard_contradiction":
            made.put(row, code, "13 02 05*")
        if fault == "refused_exceeds_received":
            made.put(row, quantity, "2")
            made.put(row, accepted, "")
        if fault == "movement_twice":
            value = made.get(row + 1, unique)
            made.put(row + 1, accepted, "1.111")
            made.put(row + 1, "Date de dernière modification du bordereau", "2026-01-31")
        if fault == "missing_value" and title == accepted:
            for other in (quantity, "Émetteur - Quantité de déchet "):
                made.put(row, other, "")
            made.put(row, refused, "")
        if fault == "missing_value" and title == sender:
            made.put(row, "SIRET du déclarant", "")
        if fault == "missing_value" and title == day:
            made.put(row, "Date de réalisation de l'opération", "")
        if fault == "leading_zero_lost":
            made.put(row, "Dangereux", "")
        made.put(row, title, value)
        planted.add((fault, row, title.strip()))
    return planted
