"""What a territory and a run come to by zone and theme, as contributions of their companies: what the disclosure gate judges.

A company's figure counts under its unit: the group that it declared, else its SIREN, else itself. A figure that is nobody's in
particular (the hours of a chain) is divided among those whose exchanges make it, by tonnes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from symbiosis.declarations import Declarations
from symbiosis.declarations.cells import fold
from symbiosis.disclosure import Aggregate, Zoning
from symbiosis.engine import Proposal

OTHER = "other"
"""Label of what has no theme."""

TONNAGES, MATCHED, GAIN, HOURS = "tonnages", "matched", "gain", "insertion_hours"
"""Names of the tables."""


def unit_of(declarations: Declarations) -> pd.Series:
    """Unit that each actor belongs to: two companies of one group could work out each other's part, and so count as one.

    Parameters
    ----------
    declarations
        Of the territory.

    Returns
    -------
    pandas.Series
        By actor id: the group that it, or another actor with its SIREN, declares, as far up as groups are declared; else its
        SIREN, else itself.
    """
    actors = declarations.actors
    siren = [re.sub(r"\D", "", text) for text in actors["siren"].fillna("")]
    group = [_group(text) for text in actors["group"].fillna("")]
    above = {own: named for own, named in zip(siren, group, strict=True) if own and named}
    units = [
        _head(named or own, above) or actor for actor, own, named in zip(actors.index, siren, group, strict=True)
    ]  # fmt: skip
    return pd.Series(units, index=actors.index, dtype=object)


def _group(text: str) -> str:
    """The SIREN of a group's head, also where its SIRET is given, or its name, however it is spelt."""
    digits = re.sub(r"\D", "", text)
    return digits[:9] if len(digits) in (9, 14) and not re.search(r"[^\W\d]", text) else fold(text)


def _head(name: str, above: Mapping[str, str]) -> str:
    """Goes up from a group to the one that its head declares; groups that declare each other are one."""
    passed = [name]
    while (name := above.get(name, "")) and name not in passed:
        passed.append(name)
    return min(passed[passed.index(name) :]) if name else passed[-1]


def commune_of(declarations: Declarations) -> pd.Series:
    """Commune of each site: its INSEE code where it is declared, else its name.

    Parameters
    ----------
    declarations
        Of the territory.

    Returns
    -------
    pandas.Series
        By site id.
    """
    sites = declarations.sites
    code = sites["insee_code"].fillna("").astype(str)
    return code.where(code != "", sites["commune"].astype(str))


def zoning_of(declarations: Declarations) -> Zoning:
    """The zones of a territory that has none yet.

    Parameters
    ----------
    declarations
        Of the territory.

    Returns
    -------
    Zoning
        To be kept: a territory has one.
    """
    sites = declarations.sites
    members = pd.DataFrame({"commune_code": commune_of(declarations), "unit_id": sites["actor_id"].map(unit_of(declarations))})
    return Zoning.of(_middles(declarations), members)


def joined(zoning: Zoning, declarations: Declarations) -> Zoning:
    """A zoning with the communes that the territory has gained.

    Parameters
    ----------
    zoning
        That was kept.
    declarations
        Of today.

    Returns
    -------
    Zoning
        The same where there is no new commune.
    """
    return zoning.joined_by(_middles(declarations))


def aggregates(proposal: Proposal, zoning: Zoning) -> tuple[Aggregate, Aggregate, Aggregate, Aggregate]:
    """The tables of a territory and of the plan that it could realise as declared.

    Parameters
    ----------
    proposal
        A run.
    zoning
        The zones of the territory.

    Returns
    -------
    tuple[Aggregate, ...]
        Tonnes that leave sites by zone and theme; tonnes exchanged by theme and from zone to zone; gain by theme; insertion
        hours by theme.
    """
    declarations, plan = proposal.declarations, proposal.feasible.proposals
    unit, zone = unit_of(declarations), zoning.zones(commune_of(declarations))
    exchanges, synergies = plan.exchanges, plan.synergies
    theme = synergies["theme_id"].fillna(OTHER).replace("", OTHER)
    parties = pd.DataFrame({
        "giver_unit": exchanges["giver_actor_id"].map(unit), "taker_unit": exchanges["taker_actor_id"].map(unit),
        "from_zone": exchanges["giver_site_id"].map(zone), "to_zone": exchanges["taker_site_id"].map(zone),
        "theme": exchanges["synergy_id"].map(theme), "value": exchanges["quantity_t_per_yr"].fillna(0.0),
    })  # fmt: skip
    share = parties["value"] / parties["value"].groupby(exchanges["synergy_id"]).transform("sum")
    hours = parties.assign(value=(share * exchanges["synergy_id"].map(synergies["insertion_h_per_yr"])).fillna(0.0))
    gain = pd.DataFrame({
        "unit_id": plan.shares["actor_id"].map(unit), "theme": plan.shares["synergy_id"].map(theme),
        "value": plan.shares["share_eur_per_yr"],
    })  # fmt: skip
    both = ("giver_unit", "taker_unit")
    members = {str(name): tuple(found) for name, found in unit.groupby(unit).groups.items()}
    return (
        replace(_tonnages(proposal, unit, zone, zoning), members=members),
        Aggregate(
            name=MATCHED, unit="t/an", contributions=parties, dimensions=("from_zone", "to_zone", "theme"), roles=both,
            views={"matched_by_theme": ("theme",), "matched_map": ("from_zone", "to_zone")}, zoning=zoning.fingerprint,
            members=members,
        ),
        # Whoever loses by an exchange is paid by the others in the split, to within the solver's precision.
        Aggregate(
            name=GAIN, unit="€/an", contributions=gain.assign(value=gain["value"].clip(lower=0.0)), dimensions=("theme",),
            views={"gain_by_theme": ("theme",)}, members=members,
        ),
        Aggregate(
            name=HOURS, unit="h/an", contributions=hours, dimensions=("theme",), roles=both,
            views={"insertion_hours_by_theme": ("theme",)}, members=members,
        ),
    )  # fmt: skip


def _tonnages(proposal: Proposal, unit: pd.Series, zone: pd.Series, zoning: Zoning) -> Aggregate:
    """Tonnes a year that leave the sites; what is not weighed (heat, power) is not in it."""
    outputs = proposal.candidates.flows.outputs
    theme = outputs["best_material_id"].map(proposal.catalogue.materials["theme_id"]).fillna(OTHER).replace("", OTHER)
    contributions = pd.DataFrame({
        "unit_id": outputs["actor_id"].map(unit), "zone": outputs["site_id"].map(zone), "theme": theme,
        "value": (outputs["quantity_per_yr"] * outputs["tonnes_per_unit"]).fillna(0.0),
    })  # fmt: skip
    return Aggregate(
        name=TONNAGES, unit="t/an", contributions=contributions, dimensions=("zone", "theme"),
        views={"tonnages": ("zone", "theme")}, zoning=zoning.fingerprint, is_of_scenario=False,
    )  # fmt: skip


def _middles(declarations: Declarations) -> pd.DataFrame:
    """Where each commune is: the middle of its sites."""
    places = declarations.sites[["latitude", "longitude"]].assign(commune_code=commune_of(declarations))
    return places.groupby("commune_code").mean()
