"""Write the tables of the demo territory "Val de Fensch": real communes, invented companies, invented tonnes.

Usage: ``python generate.py [--out FOLDER]``. The same tables come out byte for byte on every machine: each row draws from a
generator of its own, seeded by its name (``random.Random``, whose stream Python guarantees), so that a new row never changes
the others. Nothing here is a measurement; every row says so in ``is_synthetic``.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
from pathlib import Path
from statistics import NormalDist
from typing import Any

from territory_actors import PARKS, PROFILES, Profile
from territory_needs import NEEDS, Need
from territory_operators import CASES, LINKS, OPERATORS
from territory_outputs import OUTPUTS, Output

HERE = Path(__file__).parent
SEED = 57190  # the postal code of Florange
YEAR = 2025
SOURCE = f"Donnée fictive, générateur graine {SEED}"
CENTRE = (49.34, 6.13)
RADIUS_KM = 32.0
MUNICIPAL_MIXED = "200301"
# Codes of the wastes above that the list marks with an asterisk (batteries whose code changes on 9 December 2026 have none).
HAZARDOUS = frozenset({
    "170204", "150110", "100207", "100909", "130205", "130208", "120109", "140603", "080111", "080312", "150202",
    "110105", "060204", "110302", "110109", "160606", "160601", "200121", "160114",
    "160107", "170605", "180103",
})  # fmt: skip
# A diagnosis never finds everything: share of the flows above that the company declared, by kind, where no case needs them all.
DECLARED_SHARE = {"cardboard": 0.38, "film": 0.4, "dib": 0.17, "heat_low": 0.45}
OUTPUT_SHARE, NEED_SHARE = 0.4, 0.7
DIB_PARKS = ("laminoir", "deuxponts", "boucle")
DENSITY_T_PER_M3 = {"sawdust": 0.22, "green": 0.25, "rubble": 1.35, "digestate": 1.0, "wood_joinery": 0.2, "whey": 1.03}
BY_PRODUCT = ("bp_certain_use", "bp_direct_use", "bp_integral_part", "bp_lawful_product", "bp_no_harm")
FOOD = ("food_within_date", "food_cold_chain", "food_not_abp")
EVIDENCE = ("invoice", "invoice", "declared", "declared", "weighed", "inferred")
TABLES = ("actors", "sites", "outputs", "needs", "operators", "quality", "distances", "cases")

Row = dict[str, Any]


def draw(*names: object) -> random.Random:
    """Give the generator that belongs to one row or one decision."""
    return random.Random("/".join(map(str, (SEED, *names))))


def rounded(value: float, digits: int = 2) -> float:
    """Round to significant digits, as people declare figures."""
    if value == 0:
        return 0.0
    return float(f"{value:.{digits}g}")


def plain(value: object) -> str:
    """Write a cell: no exponent, no trailing zero, flags in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def around(base: float, rng: random.Random, sigma: float = 0.28) -> float:
    """Draw log-normally around a usual figure."""
    return rounded(base * math.exp(sigma * NormalDist().inv_cdf(min(max(rng.random(), 1e-6), 1 - 1e-6))))


def months_listed(months: str) -> str:
    """Spell several seasons out month by month; one season stays a range."""
    if ";" not in months:
        return months
    numbers: list[int] = []
    for part in months.split(";"):
        first, _, last = part.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return ";".join(map(str, numbers))


def wordings(kinds: list[tuple[str, str]], words: dict[str, str]) -> dict[tuple[str, str], str]:
    """Deal the wordings of each kind over its rows, each once before any returns."""
    dealt: dict[tuple[str, str], str] = {}
    for kind in sorted({kind for _, kind in kinds}):
        rows = [key for key in kinds if key[1] == kind]
        pool = words[kind].split("|")
        draw("words", kind).shuffle(pool)
        for index, key in enumerate(rows):
            again = index // len(pool)
            text = pool[index % len(pool)]
            # Companies do use the same words; they differ in how they type them.
            dealt[key] = (text, text[0].upper() + text[1:], text.upper(), f"{text} (à préciser)")[min(again, 3)]
    return dealt


def full_name(profile: Profile) -> str:
    """Mark the name as invented, once."""
    return f"{profile.name}" if "(fictif" in f"{profile.name}" else f"{profile.name} (fictif)"


def places() -> dict[str, dict[str, str]]:
    """Read the real communes; a French commune wins over a Luxembourg namesake."""
    with (HERE / "communes.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["commune"]: row for row in sorted(rows, key=lambda row: row["country"], reverse=True)}


def actors_and_sites() -> tuple[list[Row], list[Row], list[Profile]]:
    """Place every actor in its commune or business park."""
    communes = places()
    actors: list[Row] = []
    sites: list[Row] = []
    for number, profile in enumerate(PROFILES, start=1):
        if profile.name is not None:
            actors.append({
                "actor_id": f"A{len(actors) + 1:03d}", "name": full_name(profile), "kind": profile.kind, "nace": profile.naf,
                "siren": "", "structure": profile.structure, "headcount": profile.headcount, "group": "", "source": SOURCE,
                "is_synthetic": True,
            })  # fmt: skip
        rng = draw("site", number)
        commune, north, east, address, spread = profile.place, 0.0, 0.0, "adresse fictive", 0.007
        if profile.place in PARKS:
            commune, north, east, address = PARKS[profile.place]
            spread = 0.0018
        place = communes[commune]
        sites.append({
            "site_id": f"S{number:03d}", "actor_id": actors[-1]["actor_id"],
            "name": actors[-1]["name"] if profile.name is not None else f"{actors[-1]['name']} – {commune}",
            "siret": "", "address": address, "commune": commune, "insee_code": place["insee_code"], "country": place["country"],
            "latitude": round(float(place["latitude"]) + north + spread * (rng.random() - 0.5), 5),
            "longitude": round(float(place["longitude"]) + east + 1.5 * spread * (rng.random() - 0.5), 5),
            "permit_headings": profile.permits, "is_location_approximate": True, "source": SOURCE, "is_synthetic": True,
        })  # fmt: skip
    return actors, sites, list(PROFILES)


def declared(profiles: list[Profile], *, needs: bool) -> list[tuple[str, str, float]]:
    """List (site, kind, usual quantity) of what was declared, all rows of the cases included."""
    protected = {kind for case in CASES.values() for kind in case[1 if needs else 0]} - {"dib"}
    kept = []
    for number, profile in enumerate(profiles, start=1):
        site = f"S{number:03d}"
        for item in (profile.needs if needs else profile.outputs).split():
            kind, _, size = item.partition(":")
            share = NEED_SHARE if needs else DECLARED_SHARE.get(kind, OUTPUT_SHARE)
            is_pooled = not needs and kind == "dib" and profile.place in DIB_PARKS
            if kind in protected or is_pooled or draw("declared", needs, site, kind).random() < share:
                kept.append((site, kind, float(size)))
    return kept


def output_row(number: int, site: str, kind: str, size: float, text: str) -> Row:
    """Draw one output around the usual figures of its kind."""
    model: Output = OUTPUTS[kind]
    rng = draw("output", site, kind)
    quantity = around(size, rng)
    cost = 0.0 if model.cost == 0 else math.copysign(around(abs(model.cost), rng, 0.12), model.cost)
    evidence = rng.choice(EVIDENCE) if model.family == "material" else "declared"
    codes = model.code.split(";")
    code = rng.choice(codes)
    if code == "-":  # mixed waste: most companies give no code, and none is to be inferred
        code = MUNICIPAL_MIXED if rng.random() < 0.35 else ""
    is_hazardous = code in HAZARDOUS
    if model.status == "by_product" or (code and not is_hazardous and rng.random() < 0.14):
        code = ""
    conditions = ""
    if model.status == "by_product":  # half of the by-products are complete, the others lack one proof
        missing = "" if rng.random() < 0.5 else rng.choice(BY_PRODUCT)
        conditions = ";".join(condition for condition in BY_PRODUCT if condition != missing)
    elif model.date_kind and model.status == "product" and rng.random() < 0.6:
        conditions = ";".join(FOOD)
    status = model.status
    if model.family == "water" and rng.random() < 0.5:  # an agreement for the connection is known for half of them
        status, conditions = "product", "water_permit"
    unit, density, scale = model.unit, "", 1.0
    style = rng.random()
    if kind in DENSITY_T_PER_M3 and style < 0.4:
        unit, density, scale = "m3", plain(DENSITY_T_PER_M3[kind]), 1 / DENSITY_T_PER_M3[kind]
    elif unit == "t" and size < 3 and style < 0.3:
        unit, scale = "kg", 1000.0
    spread = {"weighed": 0.0, "invoice": 0.0, "declared": 0.2, "inferred": 0.4}[evidence]
    has_range = spread > 0 and model.family in ("material", "energy")
    load = around(model.load, rng, 0.15) if model.load else 0.0
    tonnes = quantity
    return {
        "output_id": f"O{number:04d}", "site_id": site, "description": text, "family": model.family, "material_id": "",
        "waste_code": code, "is_hazardous": True if is_hazardous else (False if code else ""),
        "legal_status": status, "conditions_met": conditions,
        "quantity": rounded(quantity * scale, 3),
        "quantity_low": rounded(quantity * scale * (1 - spread), 3) if has_range else "",
        "quantity_high": rounded(quantity * scale * (1 + spread), 3) if has_range else "",
        "minimum_quantity": "",
        "unit": unit, "density_t_per_m3": density, "evidence": evidence, "months": months_listed(model.months),
        "load_t": min(load, tonnes) if load and model.unit == "t" else "",
        "outlet_id": model.outlet, "outlet_cost_eur_per_unit": rounded(cost / scale, 4),
        "outlet_distance_km": around(model.distance, rng, 0.2) if model.distance else "",
        "rental_eur_per_yr": float(round(around(model.rental, rng, 0.15))) if model.rental else "",
        "date_kind": model.date_kind, "shelf_life_days": int(model.shelf_days) if model.date_kind else "",
        "year": YEAR, "source": SOURCE, "is_synthetic": True,
    }  # fmt: skip


def need_row(number: int, site: str, kind: str, size: float, text: str) -> Row:
    """Draw one need; about half of the receivers have read what their permit admits."""
    model: Need = NEEDS[kind]
    rng = draw("need", site, kind)
    quantity = around(size, rng, 0.2)
    price = 0.0 if model.price == 0 else math.copysign(around(abs(model.price), rng, 0.1), model.price)
    is_documented = model.is_always_documented or rng.random() < 0.5
    return {
        "need_id": f"N{number:04d}", "site_id": site, "description": text, "family": model.family, "material_id": "", "use_id": "",
        "waste_codes_accepted": model.codes if is_documented else "", "waste_codes_treated": "", "legal_route": model.route if is_documented else "",
        "conditions_met": model.conditions if is_documented else "", "quantity": quantity, "unit": model.unit,
        "density_t_per_m3": "", "price_eur_per_unit": price, "minimum_quantity": "",
        "minimum_lot": model.minimum_lot or "",
        "maximum_distance_km": rng.choice((15, 25, 40)) if model.family == "material" and rng.random() < 0.2 else "",
        "months": months_listed(model.months), "evidence": "declared" if model.family != "material" else rng.choice(EVIDENCE),
        "year": YEAR, "source": SOURCE, "is_synthetic": True,
    }  # fmt: skip


def quality_rows(flow_id: str, specification: str) -> list[Row]:
    """Read ``moisture_share=0.18~0.03`` (a measured value and its spread), ``moisture_share<0.25`` and ``pressure_bar>6``."""
    rng = draw("quality", flow_id)
    row: Row = {"flow_id": flow_id, "parameter": "", "value": "", "minimum": "", "maximum": "",
                "load_per_yr": ""}  # fmt: skip
    if "=" in specification:
        name, _, figures = specification.partition("=")
        value, _, spread = figures.partition("~")
        row |= {"parameter": name, "value": rounded(float(value) + float(spread) * (2 * rng.random() - 1), 3)}
    elif "<" in specification:
        name, _, limit = specification.partition("<")
        row |= {"parameter": name, "maximum": float(limit)}
    else:
        name, _, limit = specification.partition(">")
        row |= {"parameter": name, "minimum": float(limit)}
    return [row]


def posts(hours: float, insertion_share: float) -> Row:
    """Posts that an operation would open at four fifths of its capacity, to the half post, and what an hour costs it; all of it invented.

    One who supervises for six in a pathway, 1,505 hours a year in a pathway and 1,607 else; an aid takes half of a pathway's cost off.
    """

    def half(value: float) -> float:
        return max(0.5, round(2 * value) / 2) if value else 0.0

    pathway = half(0.8 * hours * insertion_share / 1505)
    return {
        "hourly_cost_eur_per_h": round(31 - 16 * insertion_share, 1), "posts_pathway_fte": pathway,
        "posts_supervision_fte": half(pathway / 6), "posts_permanent_fte": half(0.8 * hours * (1 - insertion_share) / 1607),
    }  # fmt: skip


def operator_rows(site_of: dict[str, str]) -> list[Row]:
    """State the operations as they were quoted."""
    return [
        {
            "operator_id": f"P{number:02d}", "site_id": site_of[o.actor], "process_id": o.process_id, "name": o.name,
            "capacity": float(o.capacity), "unit": o.unit, "is_existing": o.is_existing, "cost_eur_per_unit": float(o.cost),
            "fixed_cost_eur_per_yr": float(o.fixed_cost), "labour_h_per_unit": float(o.labour_h),
            "insertion_share": float(o.insertion_share), **posts(float(o.capacity) * float(o.labour_h), float(o.insertion_share)), "months": "", "waste_codes_accepted": o.codes, "waste_codes_treated": "",
            "conditions_met": o.conditions,
            "source": SOURCE, "is_synthetic": True,
        }
        for number, o in enumerate(OPERATORS, start=1)
    ]  # fmt: skip


def link_rows(site_of: dict[str, str]) -> list[Row]:
    """State the quoted links; an impossible link carries no figure but its length."""
    return [
        {
            "from_site_id": site_of[start], "to_site_id": site_of[end], "distance_km": float(km),
            "cost_eur_per_unit": "" if is_cut else float(cost), "fixed_cost_eur_per_yr": "" if is_cut else float(fixed),
            "capacity_per_yr": "" if is_cut else float(capacity), "is_excluded": is_cut,
        }
        for start, end, km, cost, fixed, capacity, is_cut in LINKS
    ]  # fmt: skip


def tables() -> dict[str, list[Row]]:
    """Build all tables of the territory."""
    actors, sites, profiles = actors_and_sites()
    site_of = {f"{p.name}": f"S{n:03d}" for n, p in enumerate(profiles, start=1) if p.name is not None}
    outputs, needs, quality, cases = [], [], [], []

    items = declared(profiles, needs=False)
    words = wordings([(site, kind) for site, kind, _ in items], {kind: model.words for kind, model in OUTPUTS.items()})
    kind_of: dict[str, str] = {}
    for number, (site, kind, size) in enumerate(items, start=1):
        row = output_row(number, site, kind, size, words[site, kind])
        outputs.append(row)
        kind_of[row["output_id"]] = kind
        if OUTPUTS[kind].quality and draw("measured", site, kind).random() < 0.7:
            quality += quality_rows(row["output_id"], OUTPUTS[kind].quality)

    items = declared(profiles, needs=True)
    words = wordings([(site, kind) for site, kind, _ in items], {kind: model.words for kind, model in NEEDS.items()})
    for number, (site, kind, size) in enumerate(items, start=1):
        row = need_row(number, site, kind, size, words[site, kind])
        needs.append(row)
        kind_of[row["need_id"]] = kind
        if NEEDS[kind].quality:
            quality += quality_rows(row["need_id"], NEEDS[kind].quality)

    for case, (output_kinds, need_kinds) in CASES.items():
        cases += [
            {"case_id": case, "row_id": i, "role": "holder"} for i, k in kind_of.items() if i[0] == "O" and k in output_kinds
        ]
        cases += [
            {"case_id": case, "row_id": i, "role": "receiver"} for i, k in kind_of.items() if i[0] == "N" and k in need_kinds
        ]
    abroad = {site["site_id"] for site in sites if site["country"] != "FR"}
    cases += [
        {"case_id": "trap_cross_border", "row_id": r["output_id"], "role": "holder"} for r in outputs if r["site_id"] in abroad
    ]
    return {
        "actors": actors, "sites": sites, "outputs": outputs, "needs": needs, "operators": operator_rows(site_of),
        "quality": quality, "distances": link_rows(site_of), "cases": cases,
    }  # fmt: skip


def facts() -> Row:
    """Describe the territory for people and for the map."""
    return {
        "name_fr": "Val de Fensch et Thionville (territoire de démonstration)",
        "name_en": "Fensch valley and Thionville (demonstration territory)",
        "country": "FR",
        "is_synthetic": True,
        "latitude": CENTRE[0],
        "longitude": CENTRE[1],
        "radius_km": RADIUS_KM,
        "year": YEAR,
        "seed": SEED,
        "language": "fr",
        "description_fr": "Communes et coordonnées réelles, entreprises et tonnages inventés : une vallée sidérurgique en reconversion, "
        "ses palettes dispersées, ses fenêtres déposées, ses plastiques durs, ses surplus alimentaires, sa chaleur perdue.",
        "description_en": "Real communes and coordinates, invented companies and tonnes: a former steel valley with its scattered "
        "pallets, removed windows, hard plastics, food surplus and waste heat.",
    }


def main() -> None:
    """Write the tables and the facts."""
    parser = argparse.ArgumentParser(description="Write the tables of the demo territory.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into (default: the folder of this script)")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables().items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows([plain(value) for value in row.values()] for row in rows)
    text = json.dumps(facts(), ensure_ascii=False, indent=2)
    (folder / "facts.json").write_text(f"{text}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
