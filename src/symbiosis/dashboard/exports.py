"""Files to take away, as pure functions from a proposal to bytes."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from symbiosis import workspace
from symbiosis.engine import Proposal
from symbiosis.messages import N_
from symbiosis.workspace import Territory


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One kind of file; `permission` is its row of the permission matrix."""

    title: str
    what: str
    mime: str
    permission: str = ""


EXPORTS: dict[str, Export] = {
    "proposal.xlsx": Export(
        title=N_("Classeur Excel"),
        what=N_("tout, prêt à relire : une feuille par table, les notes devant"),
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        permission="export:raw",
    ),
    "synergies.csv": Export(
        title=N_("Synergies, CSV"), what=N_("une ligne par synergie"), mime="text/csv", permission="export:raw"
    ),
    "exchanges.csv": Export(
        title=N_("Échanges, CSV"),
        what=N_("une ligne par échange : qui, quoi, combien, droit, prix"),
        mime="text/csv",
        permission="export:raw",
    ),
    "refusals.csv": Export(
        title=N_("Pistes non retenues, CSV"),
        what=N_("une ligne par paire écartée, avec sa raison"),
        mime="text/csv",
        permission="export:raw",
    ),
    "calls.csv": Export(
        title=N_("Paires à appeler, CSV"),
        what=N_("une ligne par paire que rien n'exclut, par valeur d'un appel, avec ce qu'il faut demander"),
        mime="text/csv",
        permission="export:raw",
    ),
    "questions.csv": Export(
        title=N_("Questions à poser, CSV"),
        what=N_("flux usuels d'une activité que personne n'a déclarés : des questions, jamais des pistes"),
        mime="text/csv",
        permission="export:raw",
    ),
    "exchanges.geojson": Export(
        title=N_("Carte, GeoJSON"),
        what=N_("les échanges en lignes, pour QGIS ou un autre outil"),
        mime="application/geo+json",
        permission="export:raw",
    ),
    "territory.gpkg": Export(
        title=N_("Carte, GeoPackage"),
        what=N_("communes et échanges, deux couches prêtes pour QGIS"),
        mime="application/geopackage+sqlite3",
        permission="export:raw",
    ),
    "network.graphml": Export(
        title=N_("Réseau, GraphML"),
        what=N_("le graphe des flux, pour Gephi ou yEd"),
        mime="application/xml",
        permission="export:raw",
    ),
    "summary.json": Export(
        title=N_("Résumé, JSON"),
        what=N_("totaux, indicateurs et fourchettes, versions, empreinte des données"),
        mime="application/json",
        permission="export:raw",
    ),
}
"""What can be taken away, by name of file."""


def export_all(proposal: Proposal, territory: Territory, language: str) -> dict[str, bytes]:
    """Every file of a run.

    Parameters
    ----------
    proposal, territory
        What was computed, and of what.
    language
        ``fr`` or ``en``.

    Returns
    -------
    dict of bytes
        Content by name of file.
    """
    with tempfile.TemporaryDirectory(prefix="symbiosis-") as place:
        files = workspace.write_results(proposal, territory, Path(place), language)
        return {file.name: file.read_bytes() for file in files}
