"""The public archive and the register of establishments: each trap of the format is a claim."""

from __future__ import annotations

import sys
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from symbiosis.io.imports import Imported, read_import
from symbiosis.io.imports.irep import degrees_of

sys.path.insert(0, str(Path(__file__).parent))
import trackdechets as td

TODAY = date(2026, 11, 25)
SITES = (
    "identifiant;nom_etablissement;numero_siret;adresse;code_postal;code_insee;commune;departement;region;coordonnees_x;"
    "coordonnees_y;code_epsg;code_ape;libelle_ape;code_eprtr;libelle_eprtr"
)
PRODUCED = (
    "identifiant;nom_etablissement;dechet;annee;code_operation_eliminatio_valorisation;"
    "libelle_operation_eliminatio_valorisation;code_departement;pays;code_dechet;libelle_dechet;quantite;unite"
)
TREATED = PRODUCED.replace("quantite;", "quantite_admise;quantite_traitee;")


def site(
    key: str,
    name: str,
    number: int,
    postal: str = "57190",
    insee: str = "57221",
    commune: str = "FLORANGE",
    place: tuple[str, str, str] = ("", "", ""),
    nace: str = "16.24Z",
) -> str:
    return ";".join(
        (key, name, td.siret(number), "ZI", postal, insee, commune, "MOSELLE", "GRAND EST", *place, nace, "", "", "")
    )


def waste(
    key: str,
    code: str,
    tonnes: str,
    *,
    name: str = "",
    operation: str = "R3",
    department: str = "54",
    country: str = "",
    label: str = "emballages en bois",
    year: str = "2023",
    admitted: str | None = None,
) -> str:
    amounts = tonnes if admitted is None else f"{admitted};{tonnes}"
    return f"{key};{name};déchet;{year};{operation};libellé;{department};{country};{code};{label};{amounts};tonnes/an"


def archive(path: Path, encoding: str = "utf-8-sig", folder: str = "", **tables: list[str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, lines in tables.items():
            zipped.writestr(f"{folder}{name}.csv", "\r\n".join(lines).encode(encoding))
        zipped.writestr(f"{folder}emissions.csv", "identifiant;milieu\r\n1;air".encode(encoding))
    return path


def read(path: Path, *departements: str) -> Imported:
    return read_import(path, departements=departements, today=TODAY)


def by_code(imported: Imported, table: str = "outputs") -> dict[tuple[str, str], float]:
    rows = imported.tables[table]
    codes = rows["waste_code"] if table == "outputs" else rows["waste_codes_treated"]
    return {(s[-14:], c): float(q) for s, c, q in zip(rows["site_id"], codes, rows["quantity"], strict=True)}


def test_sites_outputs_and_treatment_sites_come_out_of_one_archive(tmp_path: Path) -> None:
    imported = read(
        archive(
            tmp_path / "2023.zip",
            etablissements=[SITES, site("1", "Scierie fictive", 1), site("2", "Centre fictif", 2)],
            Prod_dechets_non_dangereux=[
                PRODUCED,
                waste("1", "15 01 03", "120.5"),
                waste("1", "15 01 03", "80", department="67"),
            ],
            Prod_dechets_dangereux=[PRODUCED, waste("1", "13 02 05*", "3.2", operation="R9", label="huiles moteur")],
            Trait_dechets_non_dangereux=[TREATED, waste("2", "15 01 03", "900", admitted="950")],
        )
    )
    assert imported.kind == "irep"
    assert imported.problems == ()
    assert by_code(imported) == {(td.siret(1), "150103"): 200.5, (td.siret(1), "130205"): 3.2}
    assert by_code(imported, "needs") == {(td.siret(2), "150103"): 900}
    rows = imported.tables["outputs"].set_index("waste_code")
    assert rows["evidence"].unique().tolist() == ["declared"]
    assert rows["year"].unique().tolist() == ["2023"]
    assert rows["is_hazardous"].to_dict() == {"150103": "false", "130205": "true"}
    assert rows["outlet_id"].to_dict() == {"150103": "recycler_outside", "130205": ""}
    assert "déclaration publique" in rows.loc["150103", "source"]
    assert "vers le département 54 ; opération R3" in rows.loc["150103", "source"]
    assert "load_t" not in rows


def test_only_the_chosen_departements_are_kept(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "2023.zip",
        etablissements=[
            SITES,
            site("1", "Scierie fictive", 1),
            site("2", "Ailleurs fictif", 2, "54190", "54029", "AUDUN LE ROMAN"),
            site("3", "Loin fictif", 3, "01000", "01053", "BOURG EN BRESSE", ("5.2", "46.2", "4326")),
        ],
        Prod_dechets_non_dangereux=[
            PRODUCED,
            waste("1", "15 01 03", "1"),
            waste("2", "15 01 03", "2"),
            waste("3", "15 01 03", "3"),
        ],
    )
    assert len(by_code(read(path))) == 3
    assert by_code(read(path, "54", "57")) == {(td.siret(1), "150103"): 1, (td.siret(2), "150103"): 2}
    assert read(path, "01").tables["sites"]["siret"].tolist() == [td.siret(3)]


def test_identifiers_are_texts_that_lose_their_zeros_or_are_empty(tmp_path: Path) -> None:
    imported = read(
        archive(
            tmp_path / "2023.zip",
            etablissements=[SITES, site("0062.00123", "Scierie fictive", 1), site("", "Fonderie Fictive", 2)],
            Prod_dechets_non_dangereux=[
                PRODUCED,
                waste("62.00123", "15 01 03", "5"),
                waste("", "17 04 05", "7", name="FONDERIE FICTIVE", label="fer et acier"),
                waste("", "17 04 05", "9", name="Inconnue", label="fer et acier"),
            ],
        )
    )
    assert by_code(imported) == {(td.siret(1), "150103"): 5, (td.siret(2), "170405"): 7}
    assert imported.notes["without_site"] == 1


def test_two_establishments_of_one_name_are_not_taken_for_each_other(tmp_path: Path) -> None:
    imported = read(
        archive(
            tmp_path / "2023.zip",
            etablissements=[SITES, site("", "Carrière fictive", 1), site("", "Carrière fictive", 2)],
            Prod_dechets_non_dangereux=[PRODUCED, waste("", "15 01 03", "5", name="Carrière fictive")],
        )
    )
    assert "outputs" not in imported.tables
    assert imported.notes["without_site"] == 1


def test_farms_are_left_out_since_they_carry_the_names_of_people(tmp_path: Path) -> None:
    imported = read(
        archive(
            tmp_path / "2023.zip",
            etablissements=[
                SITES,
                site("1", "Élevage fictif", 1, nace="01.46Z"),
                site("2", "Porcherie fictive", 2, nace="146Z"),
                site("3", "Laiterie fictive", 3, nace="10.51A"),
            ],
            Prod_dechets_non_dangereux=[PRODUCED, *(waste(str(i), "02 01 06", "5", label="fèces") for i in (1, 2, 3))],
        )
    )
    assert imported.tables["sites"]["siret"].tolist() == [td.siret(3)]
    assert imported.notes["farms"] == 2
    assert "fictif" not in str(imported.problems)


def test_a_destination_abroad_has_a_country_and_a_department_its_zero(tmp_path: Path) -> None:
    imported = read(
        archive(
            tmp_path / "2023.zip",
            etablissements=[SITES, site("1", "Scierie fictive", 1)],
            Prod_dechets_non_dangereux=[
                PRODUCED,
                waste("1", "15 01 03", "5", department="", country="ALLEMAGNE"),
                waste("1", "15 01 01", "5", department="1", label="papier"),
            ],
        )
    )
    sources = imported.tables["outputs"].set_index("waste_code")["source"]
    assert "vers ALLEMAGNE" in sources["150103"]
    assert "vers le département 01" in sources["150101"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("comma", [False, True])
def test_old_years_have_capitals_commas_other_encodings_and_no_insee_code(encoding: str, comma: bool, tmp_path: Path) -> None:
    old = [
        SITES.replace("code_insee;", "").replace("code_epsg;", "").title(),
        site("1", "Scierie fictivé", 1).replace(";57221;", ";").replace(";;;;16.24Z", ";;;16.24Z"),
    ]
    rows = [PRODUCED.replace("_operation_", "_Operation_").title(), waste("1", "15 01 03", "5.5", year="2008")]
    if comma:
        old, rows = [line.replace(";", ",") for line in old], [line.replace(";", ",") for line in rows]
    imported = read(archive(tmp_path / "2008.zip", encoding, "2008/", etablissements=old, Prod_dechets_non_dangereux=rows))
    assert imported.problems == ()
    assert by_code(imported) == {(td.siret(1), "150103"): 5.5}
    assert imported.tables["sites"]["name"].tolist() == ["Scierie fictivé"]
    assert imported.tables["outputs"]["year"].tolist() == ["2008"]


def test_places_are_approximate_and_the_projection_follows_the_row(tmp_path: Path) -> None:
    unknown = {"commune": "NULLE PART", "insee": "99999", "postal": "57000"}
    imported = read(
        archive(
            tmp_path / "2023.zip",
            etablissements=[
                SITES,
                site("1", "A", 1, place=("5.1", "46.0", "4326")),
                site("2", "B", 2, place=("700000", "6600000", "EPSG:2154"), **unknown),
                site("3", "C", 3, place=("600000", "2200000", "27572"), **unknown),
                site("4", "D", 4, place=("6.2", "49.1", ""), **unknown),
            ],
            Prod_dechets_non_dangereux=[PRODUCED, *(waste(str(i), "15 01 03", "5") for i in (1, 2, 3, 4))],
        )
    )
    sites = imported.tables["sites"].set_index("name")
    places = {name: (float(row["latitude"]), float(row["longitude"])) for name, row in sites.iterrows()}
    assert places["A"] == (49.32587, 6.12068) or abs(places["A"][0] - 49.33) < 0.02  # the commune's centre, not the file's
    assert places["B"] == pytest.approx((46.5, 3.0), abs=1e-4)
    assert places["C"] == pytest.approx((46.8, 2.3372), abs=1e-3)
    assert places["D"] == (49.1, 6.2)
    assert set(sites["is_location_approximate"]) == {"true"}


def test_lambert_coordinates_turn_back_into_degrees() -> None:
    # Published by IGN for the algorithm of the conic projection: Lambert-93 of 3° E and 46.5° N is its origin.
    latitude, longitude = degrees_of(np.array([700000.0, 927000.0]), np.array([6600000.0, 6910000.0]), "2154")
    assert (latitude[0], longitude[0]) == pytest.approx((46.5, 3.0), abs=1e-6)
    assert 49.2 < latitude[1] < 49.4
    assert 6.0 < longitude[1] < 6.3


def test_a_number_that_is_wrong_is_said_and_the_site_kept_under_its_identifier(tmp_path: Path) -> None:
    bad = site("77", "Scierie fictive", 1).replace(td.siret(1), "12345678900000")
    imported = read(
        archive(
            tmp_path / "2023.zip",
            etablissements=[SITES, bad],
            Prod_dechets_non_dangereux=[PRODUCED, waste("77", "15 01 03", "5")],
        )
    )
    assert [(p.code, p.severity) for p in imported.problems] == [("siret_check_digit", "warning")]
    assert imported.tables["sites"]["site_id"].tolist() == ["site-irep77"]


def test_faults_in_a_table_of_waste_are_said_at_their_row(tmp_path: Path) -> None:
    imported = read(
        archive(
            tmp_path / "2023.zip",
            etablissements=[SITES, site("1", "Scierie fictive", 1)],
            Prod_dechets_non_dangereux=[
                PRODUCED,
                waste("1", "15 01 03", "beaucoup"),
                waste("1", "99 99 99", "5"),
                waste("1", "15 01 01", "2"),
            ],
        )
    )
    assert {(p.code, p.table, p.row) for p in imported.problems} == {
        ("not_a_number", "Prod_dechets_non_dangereux.csv", 2),
        ("unknown_code", "Prod_dechets_non_dangereux.csv", 3),
    }
    assert by_code(imported) == {(td.siret(1), "150101"): 2}


def test_a_zip_that_is_no_such_archive_says_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr("a.csv", "a;b\n1;2")
    assert [p.code for p in read(tmp_path / "x.zip").problems] == ["unknown_import"]


SIRENE = (
    "siret;denominationUniteLegale;activitePrincipaleEtablissement;trancheEffectifsEtablissement;numeroVoieEtablissement;"
    "typeVoieEtablissement;libelleVoieEtablissement;codePostalEtablissement;libelleCommuneEtablissement;"
    "codeCommuneEtablissement;etatAdministratifEtablissement;statutDiffusionEtablissement"
)


def test_an_extract_of_establishments_gives_companies_with_activity_size_and_address(tmp_path: Path) -> None:
    rows = [
        f"{td.siret(1)};MENUISERIE FICTIVE;16.23Z;11;12;RUE;DES ESSAIS;57190;FLORANGE;57221;A;O",
        f"{td.siret(2)};GARAGE FICTIF;4520A;03;1;RUE;DU TEST;57190;FLORANGE;57221;A;O",
        f"{td.siret(3)};FERMÉE;16.23Z;NN;;;;57190;FLORANGE;57221;F;O",
        f"{td.siret(4)};CACHÉE;16.23Z;NN;;;;57190;FLORANGE;57221;A;P",
        f"{td.siret(5)};X;bois;NN;;;;54190;AUDUN LE ROMAN;54029;A;O",
    ]
    (tmp_path / "s.csv").write_text("\n".join([SIRENE, *rows]), encoding="utf-8")
    imported = read(tmp_path / "s.csv", "57")
    assert imported.kind == "sirene"
    assert imported.tables["actors"][["name", "nace", "headcount"]].to_numpy().tolist() == [
        ["MENUISERIE FICTIVE", "16.23Z", "10-19"],
        ["GARAGE FICTIF", "45.20A", "6-9"],
    ]
    assert imported.tables["sites"]["address"].tolist() == ["12 RUE DES ESSAIS", "1 RUE DU TEST"]
    assert set(imported.tables) == {"actors", "sites"}
    assert imported.notes["closed"] == 1
    assert imported.notes["not_published"] == 1
    assert [(p.code, p.row) for p in imported.problems] == [("unreadable_activity", 6)]
