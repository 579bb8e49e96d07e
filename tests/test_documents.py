"""Documents: each opens and says what it was given, a company's sheet says nothing of the others, nothing in them is live."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO

import docx
import numpy as np
import pandas as pd
import pytest
from defusedxml import ElementTree
from PIL import Image
from tests.small_territory import run, territory

from symbiosis.engine import Proposal
from symbiosis.report.between import links, named_links, neighbours, places, units_of
from symbiosis.report.company_sheet import company_document, own_side, parties
from symbiosis.report.comparison import scenario_document
from symbiosis.report.document import Document, sheet_document
from symbiosis.report.docx_file import to_docx
from symbiosis.report.drawing import BOLD, REGULAR, to_png, to_svg
from symbiosis.report.figures import front_figure
from symbiosis.report.geopackage import to_geopackage
from symbiosis.report.overviews import committee_document, layer_map, layer_sankey, year_document
from symbiosis.report.pdf_file import to_pdf
from symbiosis.report.records import Action, FollowUp, Visit, Workshop, visit_document, workshop_document
from symbiosis.report.sheet import build_sheet
from symbiosis.report.sheet_parts import Line, Section
from symbiosis.report.text import without_controls

PAYLOADS = [
    "=1+1",
    '=HYPERLINK("http://e.example","x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "<script>alert(1)</script>",
    '<img src="file:///etc/passwd">',
    "http://e.example/x",
    "[x](javascript:alert(1))",
    "{ HYPERLINK http://e.example } & </w:t>",
    "(a) Tj ET \\) /URI (http://e.example)\x00\x1b",
]

SITES = """
    site_id, actor_id, commune, latitude, longitude
    S1, A1, Florange, 49.32, 6.12
    S2, A2, Hayange, 49.33, 6.06
    S3, A3, Yutz, 49.36, 6.19
    S4, A4, Uckange, 49.30, 6.15
    S5, A5, Fameck, 49.30, 6.11
    """
OUTPUTS = """
    output_id, site_id, quantity, unit, description, material_id, outlet_id, outlet_cost_eur_per_unit
    O1, S1, 1200, t, chutes de ferraille, scrap, landfill_non_hazardous, 100
    O2, S2, 300, t, ferraille triée, scrap, landfill_non_hazardous, 80
    O3, S1, 5000, t, sable de fonderie, sand, landfill_non_hazardous, 35
    """
NEEDS = """
    need_id, site_id, quantity, unit, description, material_id, use_id, price_eur_per_unit
    N1, S4, 4000, t, sable de moulage, , casting, 22
    N2, S5, 900, t, lingots, ingot, , 260
    """
OPERATORS = """
    operator_id, site_id, process_id, name, capacity, unit, cost_eur_per_unit
    P1, S3, melting, fonderie d'insertion, 2000, t, 30
    """
ACTORS = """
    actor_id, name, kind, structure
    A1, Usine Une (fictive), company,
    A2, Usine Deux (fictive), company,
    A3, Atelier Trois (fictif), company, ACI
    A4, Usine Quatre (fictive), company,
    A5, Usine Cinq (fictive), company,
    """


def solved(**changed: str) -> Proposal:
    texts = {"sites": SITES, "outputs": OUTPUTS, "needs": NEEDS, "operators": OPERATORS, "actors": ACTORS, **changed}
    return run(territory(**texts))


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    return solved()


@pytest.fixture(scope="module")
def made(proposal: Proposal) -> Callable[[str, str], tuple[Document, bytes, bytes]]:
    """A document by kind and language, with its PDF and its DOCX; each is made once for all tests."""

    @cache
    def make(kind: str, language: str = "fr") -> tuple[Document, bytes, bytes]:
        document = every_document(proposal, language)[kind]
        return document, to_pdf(document), to_docx(document)

    return make


def of_kind(proposal: Proposal, kind: str) -> str:
    table = proposal.feasible.proposals.synergies
    return str(table.index[table["kind"] == kind][0])


def every_document(proposal: Proposal, language: str) -> dict[str, Document]:
    """One of each kind."""
    chain = of_kind(proposal, "filiere")
    how = {"banner": "DONNÉES FICTIVES", "footer": "Val d'essai · symbiosis"}
    day, action = date(2026, 11, 23), Action(what="Peser un mois", owner="Animatrice", due=date(2026, 12, 1))
    follow = (FollowUp(synergy_id=chain, title="Ferraille", stage="discussion", action=action),)
    visit = Visit(actor_id="A1", day=day, author="Animatrice", people=("Responsable HSE",), questions=("Et le bois ?",),
                  notes=(Line(label="Accueil", value="très bon"),), actions=(action,))  # fmt: skip
    workshop = Workshop(
        theme_id="things", day=day, place="Salle des fêtes", participants=("A", "B"), decisions=((chain, "oui"),)
    )
    return {
        "sheet": sheet_document(build_sheet(proposal, chain, language, banner=how["banner"]), language, footer=how["footer"]),
        "company": company_document(own_side(proposal, chain, "A1", language), language, **how),
        "visit": visit_document(visit, proposal, language, **how),
        "workshop": workshop_document(workshop, proposal, language, **how),
        "committee": committee_document(proposal, "Val d'essai", language, followed=follow, **how),
        "year": year_document(proposal, "Val d'essai", 2026, language, followed=follow, **how),
        "scenario": scenario_document(proposal, proposal, "Val d'essai", language, **how),
    }


KINDS = ["sheet", "company", "visit", "workshop", "committee", "year", "scenario"]


def objects(content: bytes) -> dict[int, bytes]:
    return {int(found[1]): found[2] for found in re.finditer(rb"(\d+) 0 obj\n(.*?)\nendobj", content, re.DOTALL)}


def stream(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*)\r?\nendstream", body, re.DOTALL)
    data = b"" if found is None else found[1]
    return zlib.decompress(data) if b"/FlateDecode" in body.split(b"stream")[0] else data


def glyphs(cmap: bytes) -> dict[int, str]:
    """What each glyph of a font stands for."""
    found = re.findall(rb"<([0-9A-Fa-f]{4})>\s+<([0-9A-Fa-f]+)>\s*\n", cmap)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in found}


def pdf_text(content: bytes) -> str:
    """Text of a PDF of ours, page by page, paragraph pieces joined by a blank."""
    known = objects(content)
    fonts = {}
    for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", content):
        unicode = re.search(rb"/ToUnicode (\d+) 0 R", known[int(number)])
        assert unicode is not None
        fonts[name] = glyphs(stream(known[int(unicode[1])]))
    said = []
    for page in re.findall(rb"/Contents (\d+) 0 R", content):
        font: dict[int, str] = {}
        for name, text in re.findall(rb"/(F\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", stream(known[int(page)]), re.DOTALL):
            if name:
                font = fonts[name]
                continue
            raw = re.sub(rb"\\(.)", lambda m: {b"r": b"\r", b"n": b"\n"}.get(m[1], m[1]), text, flags=re.DOTALL)
            said.append("".join(font.get(code, "?") for (code,) in struct.iter_unpack(">H", raw)))
    return " ".join(said)


def docx_text(content: bytes) -> str:
    file = docx.Document(BytesIO(content))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    foot = [paragraph.text for section in file.sections for paragraph in section.footer.paragraphs]
    return "\n".join([*(paragraph.text for paragraph in file.paragraphs), *cells, *foot])


def texts_of(document: Document) -> Iterator[str]:
    """Everything that a document of several pages must say."""
    yield from (document.title, document.over, document.banner, document.footer)
    for figure in document.figures:
        yield from (figure.label, figure.value, figure.note)
    for section in document.sections:
        yield from (section.title, section.note, *section.sentences)
        for line in section.lines:
            yield from (line.label, line.value, line.note)
        if section.table is not None:
            yield from (str(cell) for cell in section.table.to_numpy().ravel())


def squeezed(text: str) -> str:
    """Letters alone: where a line breaks is the affair of the page."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(("kind", "language"), [*((kind, "fr") for kind in KINDS), ("sheet", "en"), ("visit", "en")])
def test_each_document_opens_as_pdf_and_docx_and_says_all_that_it_was_given(made: Callable, kind: str, language: str) -> None:
    document, pdf, word = made(kind, language)
    in_pdf, in_docx = squeezed(pdf_text(pdf)), squeezed(docx_text(word))
    for text in texts_of(document):
        assert squeezed(text) in in_docx
        assert squeezed(text) in in_pdf
    assert "nan" not in re.sub(r"\w+nan\w*|\w*nan\w+", "", docx_text(word).lower())


@pytest.mark.parametrize("kind", ["sheet", "visit"])
def test_the_same_document_gives_the_same_bytes(proposal: Proposal, made: Callable, kind: str) -> None:
    _, pdf, word = made(kind, "fr")
    again = every_document(proposal, "fr")[kind]
    assert to_pdf(again) == pdf
    assert to_docx(again) == word


def test_french_numbers_keep_their_narrow_spaces(made: Callable) -> None:
    document, pdf, word = made("sheet", "fr")
    figure = next(line.value for line in document.figures if "\u202f" in line.value)
    assert figure in pdf_text(pdf)
    assert figure in docx_text(word)


def test_a_sheet_with_sixty_givers_holds_on_one_page_and_counts_what_it_leaves_out() -> None:
    rows = "\n".join(
        f"    O{i}, S{i}, 20, t, ferraille de l'atelier numéro {i}, scrap, landfill_non_hazardous, 100" for i in range(10, 70)
    )
    head = "output_id, site_id, quantity, unit, description, material_id, outlet_id, outlet_cost_eur_per_unit\n"
    many = run(territory(outputs=head + rows, needs=NEEDS, operators=OPERATORS))
    chain = of_kind(many, "filiere")
    content = to_pdf(sheet_document(build_sheet(many, chain, "fr", banner="x"), "fr"))
    assert content.count(b"/Type /Page\n") == 1
    assert re.search(r"… et \d\d de plus", pdf_text(content))


def test_the_sheet_lists_what_the_facilitator_is_owed(made: Callable) -> None:
    said = docx_text(made("sheet", "fr")[2])
    for text in ("Usine Une (fictive)", "chutes de ferraille", "Par enlèvement", "Aujourd’hui, se défaire du flux",
                 "Gain par an", "Intervalle où personne ne perd", "km", "Voyages", "Voie juridique et pièces à réunir",
                 "CO2e évité", "fourchette", "Heures d’insertion", "ETP potentiels", "Lignes du catalogue qui ont décidé",
                 "Ce qui manque", "La donnée qui l’augmenterait le plus", "Étape", "Responsable", "Date",
                 "Prochaine action"):  # fmt: skip
        assert text in said, text


def test_at_each_end_of_an_interval_one_side_has_the_whole_gain(proposal: Proposal) -> None:
    direct = of_kind(proposal, "substitution")
    shares = proposal.feasible.proposals.shares
    own = shares[shares["synergy_id"] == direct].set_index("role")["own_eur_per_yr"]
    gain = proposal.feasible.proposals.synergies.at[direct, "gain_eur_per_yr"]
    table = next(s.table for s in build_sheet(proposal, direct, "en").sections if s.table is not None and "Role" in s.table)
    shown = table.set_index("Role")["Interval where nobody loses"]
    numbers = {
        role: [float(re.sub(r"[^\d-]", "", end.replace("−", "-"))) for end in text.split(" to ")]
        for role, text in shown.items()
    }
    for role in ("giver", "taker"):
        assert numbers[role] == pytest.approx([-own[role], gain - own[role]], abs=1.0)
    # What one receives at its lower end is what the other pays at its upper end.
    assert numbers["giver"][0] == pytest.approx(-numbers["taker"][1], abs=1.0)


def disturbed(proposal: Proposal, actor: str) -> Proposal:
    """The same plan where all that is not the actor's own is another: prices, gains, shares, names, places, distances."""
    rng, found = np.random.default_rng(7), proposal.feasible.proposals
    exchanges, shares, synergies = found.exchanges.copy(), found.shares.copy(), found.synergies.copy()
    theirs = {"giver": exchanges["giver_actor_id"].ne(actor), "taker": exchanges["taker_actor_id"].ne(actor)}
    for role, columns in (
        ("giver", ["outlet_cost_eur_per_unit", "giver_latitude", "giver_longitude"]),
        ("taker", ["price_eur_per_unit", "taker_latitude", "taker_longitude"]),
    ):
        for column in columns:
            exchanges.loc[theirs[role], column] = rng.uniform(1, 999, theirs[role].sum())
        exchanges.loc[theirs[role], [f"{role}_name", f"{role}_commune"]] = "quelqu'un"
    for column in ("price_floor_eur_per_unit", "price_ceiling_eur_per_unit", "price_middle_eur_per_unit", "distance_km",
                   "trips_per_yr", "transport_eur_per_yr", "confidence", "call_value_eur_per_yr"):  # fmt: skip
        exchanges[column] = rng.uniform(1, 999, len(exchanges))
    for column in shares.select_dtypes("number"):
        shares[column] = rng.uniform(1, 999, len(shares))
    for column in synergies.select_dtypes("number"):
        synergies[column] = rng.uniform(1, 999, len(synergies))
    actors = proposal.declarations.actors.copy()
    actors.loc[actors.index != actor, "name"] = "quelqu'un"
    run_ = replace(proposal.feasible, proposals=replace(found, exchanges=exchanges, shares=shares, synergies=synergies))
    return replace(proposal, feasible=run_, declarations=replace(proposal.declarations, actors=actors))


@pytest.mark.parametrize("kind", ["filiere", "substitution"])
def test_a_company_sheet_does_not_change_with_anything_that_is_not_the_companys_own(proposal: Proposal, kind: str) -> None:
    synergy = of_kind(proposal, kind)
    for actor in parties(proposal, synergy):
        other = disturbed(proposal, actor)
        mine, theirs = (company_document(own_side(one, synergy, actor, "fr"), "fr") for one in (proposal, other))
        assert list(texts_of(mine)) == list(texts_of(theirs))
        assert mine == theirs
        said = " ".join(texts_of(mine))
        for someone, name in parties(proposal, synergy).items():
            assert (name in said) == (someone == actor)


def test_a_company_sheet_changes_with_the_companys_own_costs(proposal: Proposal) -> None:
    synergy, found = of_kind(proposal, "substitution"), proposal.feasible.proposals
    own = found.exchanges["giver_actor_id"].eq("A1")
    exchanges = found.exchanges.assign(outlet_cost_eur_per_unit=found.exchanges["outlet_cost_eur_per_unit"] + own)
    dearer = replace(proposal, feasible=replace(proposal.feasible, proposals=replace(found, exchanges=exchanges)))
    giver, taker = ([own_side(one, synergy, actor, "fr") for one in (proposal, dearer)] for actor in ("A1", "A4"))
    assert giver[0].flows != giver[1].flows
    assert taker[0] == taker[1]


def test_nobody_outside_a_synergy_has_a_side_in_it(proposal: Proposal) -> None:
    with pytest.raises(KeyError):
        own_side(proposal, of_kind(proposal, "substitution"), "A5", "fr")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_live_in_a_pdf_or_a_docx(payload: str) -> None:
    table = pd.DataFrame({payload: [payload]})
    line = Line(label=payload, value=payload, note=payload)
    section = Section(title=payload, lines=(line,), table=table, sentences=(payload,), note=payload)
    one = Document(language="fr", title=payload, over=payload, under=payload, tags=(payload,), banner=payload, figures=(line,),
                   sections=(section,), action=line, blanks=(line,), footer=payload)  # fmt: skip
    whole = without_controls(payload)
    pdf, word = to_pdf(one), to_docx(one)
    assert squeezed(pdf_text(pdf)).count(squeezed(whole)) >= 15
    bare = re.sub(rb"/Title \((?:[^()\\]|\\.)*\)", b"", b"\n".join(objects(pdf).values()))
    assert not re.search(rb"/URI|/JavaScript|/JS\b|/Launch|/GoToR|/AA\b|/Annots|/EmbeddedFile|/AcroForm", bare)
    assert docx_text(word).count(whole.strip()) >= 15
    with zipfile.ZipFile(BytesIO(word)) as parts:
        for name in parts.namelist():
            text = parts.read(name)
            assert not re.search(rb"<w:(hyperlink|fldSimple|instrText|object|altChunk)\b", text), name
            assert b'TargetMode="External"' not in text, name
            assert b"vbaProject" not in text, name


def test_a_drawing_holds_shapes_and_texts_and_nothing_that_runs_or_loads(proposal: Proposal) -> None:
    for payload in PAYLOADS:
        drawing = layer_sankey(proposal, "material", "fr")
        shapes = tuple(replace(shape, text=payload) if hasattr(shape, "text") else shape for shape in drawing.shapes)
        tree = ElementTree.fromstring(to_svg(replace(drawing, shapes=shapes, description=payload)))
        tags = {element.tag.rsplit("}", 1)[-1] for element in tree.iter()}
        assert tags <= {"svg", "title", "rect", "polygon", "polyline", "circle", "text"}
        names = {name for element in tree.iter() for name in element.attrib}
        assert not [name for name in names if "href" in name or name.startswith("on") or name == "style"]
        assert without_controls(payload) in [element.text for element in tree.iter() if element.tag.endswith("text")]


def test_figures_are_drawn_as_svg_and_as_png(proposal: Proposal) -> None:
    front = pd.DataFrame({"gain": [9.0, 8.0, 5.0], "hours": [1.0, 2.0, 3.0], "best_in": ["gain", "", "hours"]})
    drawings = [
        layer_sankey(proposal, "material", "fr", is_today=True),
        layer_map(proposal, "material", "fr"),
        layer_map(proposal, "energy", "fr"),
        front_figure(front, "hours", "gain", heading=str, language="fr", title="Front"),
    ]
    for drawing in drawings:
        assert b"<svg" in to_svg(drawing)
        picture = Image.open(BytesIO(to_png(drawing, scale=1)))
        assert picture.size == (drawing.width, drawing.height)
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 3, "the picture is blank"


def test_families_send_as_much_with_the_plan_as_without_it(proposal: Proposal) -> None:
    run_ = proposal.feasible
    today, plan = (links(run_, "material", "t", is_today=flag) for flag in (True, False))
    out = [table[table["source_kind"] == "theme"]["quantity"].sum() for table in (today, plan)]
    assert out == pytest.approx([6500.0, 6500.0])
    assert set(today["target_kind"]) == {"outlet"}
    # Four fifths of the scrap that is melted come out as ingots, less than a fifth as dross, the rest is lost.
    into = plan[plan["target_kind"] == "operation"]["quantity"].sum()
    outof = plan[plan["source_kind"] == "operation"].groupby("target_kind")["quantity"].sum()
    assert outof["use"] == pytest.approx(0.8 * into)
    assert outof["outlet"] == pytest.approx(0.15 * into)
    assert units_of(run_, "material") == ["t"]
    assert units_of(run_, "energy") == []


def test_a_sankey_names_the_largest_and_gathers_the_others(proposal: Proposal) -> None:
    table = links(proposal.feasible, "material", "t")
    named = named_links(table, proposal, "en", most=0)
    assert named["quantity"].sum() == pytest.approx(table["quantity"].sum())
    assert "other uses" in set(named["target"])
    assert "landfill" in set(named_links(table, proposal, "en")["target"])


def test_a_neighbourhood_holds_what_an_actor_sends_receives_and_leaves(proposal: Proposal) -> None:
    table = neighbours(proposal, "A3", "en").set_index("side")
    assert set(table.loc[["in"], "name"]) == {"Usine Une (fictive)", "Usine Deux (fictive)"}
    assert table.loc["out", "name"] == "Usine Cinq (fictive)"
    giver = neighbours(proposal, "A1", "en")
    assert giver.loc[giver["side"] == "outlet", "quantity"].sum() == pytest.approx(
        giver.loc[giver["side"] == "out", "quantity"].sum()
    )


def test_a_scenario_names_what_changes_and_which_exchanges_come_and_go(proposal: Proposal) -> None:
    other = run(
        territory(sites=SITES, outputs=OUTPUTS, needs=NEEDS, operators=OPERATORS, actors=ACTORS), maximum_distance_km=4.0
    )
    document = scenario_document(other, proposal, "Val d'essai", "fr")
    said = " ".join(texts_of(document))
    assert "Rayon d'un échange" in said
    assert "réseaux éco-industriels coréens" in said
    sections = {section.title: section for section in document.sections}
    lost = sections["Échanges perdus"].table
    assert lost is not None
    assert "Usine Cinq (fictive)" in set(lost["Vers"])
    assert sections["Échanges gagnés"].sentences == ("aucun",)
    assert proposal.versions["data"] in said
    same = scenario_document(proposal, proposal, "Val d'essai", "fr")
    assert "aucune\u00a0: c’est la référence" in same.sections[0].sentences


@pytest.mark.parametrize("kind", ["committee", "year", "scenario"])
def test_whoever_decides_sees_three_totals(made: Callable, kind: str) -> None:
    said = docx_text(made(kind, "fr")[2])
    for text in ("Réalisable", "À instruire", "Exclu", "Ils ne s’additionnent jamais"):
        assert text in said


def test_a_geopackage_reads_back_as_the_standard_says(proposal: Proposal, tmp_path) -> None:
    ends = ["from_longitude", "from_latitude", "to_longitude", "to_latitude"]
    frame = pd.DataFrame(
        {
            "name": PAYLOADS,
            'a "quoted" column': np.linspace(0, 1, len(PAYLOADS)),
            "distance_km": [np.nan, np.inf, *([3.25] * (len(PAYLOADS) - 2))],
            "is_new": [True, False] * (len(PAYLOADS) // 2),
            **{end: [6.1, 49.3, 6.2, 49.4][place] for place, end in enumerate(ends)},
        },
        index=pd.Index([f"x{place}" for place in range(len(PAYLOADS))], name="exchange_id"),
    )
    frame.loc["x3", "to_latitude"] = np.nan
    content = to_geopackage(places(proposal), frame, note="DONNÉES FICTIVES")
    assert content == to_geopackage(places(proposal), frame, note="DONNÉES FICTIVES")
    file = tmp_path / "x.gpkg"
    file.write_bytes(content)
    base = sqlite3.connect(file)

    def ask(question: str) -> list[tuple]:
        return base.execute(question).fetchall()

    assert ask("PRAGMA application_id") == [(0x47504B47,)]
    assert ask("PRAGMA integrity_check") == [("ok",)]
    assert ask("PRAGMA foreign_key_check") == []
    assert {row[0] for row in ask("SELECT srs_id FROM gpkg_spatial_ref_sys")} == {-1, 0, 4326}
    announced = ask("SELECT table_name, geometry_type_name, srs_id FROM gpkg_geometry_columns")
    assert announced == [("communes", "POINT", 4326), ("exchanges", "LINESTRING", 4326)]
    boxes = dict(ask("SELECT table_name, min_x || ' ' || max_y FROM gpkg_contents"))
    assert boxes["exchanges"] == "6.1 49.4"
    rows = ask('SELECT geom, name, "a ""quoted"" column", distance_km, is_new FROM exchanges')
    assert [row[1] for row in rows] == [without_controls(payload) for payload in PAYLOADS]
    assert rows[0][3] is None
    assert rows[1][3] is None
    assert rows[3][0] is None
    assert rows[0][4] == 1
    magic, version, flags, srs = struct.unpack("<2sBBi", rows[0][0][:8])
    assert (magic, version, flags, srs) == (b"GP", 0, 1, 4326)
    assert struct.unpack("<BII4d", rows[0][0][8:]) == (1, 2, 2, 6.1, 49.3, 6.2, 49.4)
    point = ask("SELECT geom FROM communes ORDER BY commune LIMIT 1")[0][0]
    assert struct.unpack("<BI2d", point[8:]) == (1, 1, 6.11, 49.30)
    base.close()


def test_the_fonts_are_those_that_their_page_names() -> None:
    said = (REGULAR.parent / "SOURCES.md").read_text("utf-8")
    for font in (REGULAR, BOLD):
        assert hashlib.sha256(font.read_bytes()).hexdigest() in said
    assert "Permission is hereby granted" in (REGULAR.parent / "LICENSE.txt").read_text("utf-8")
