"""The assumptions of one run: everything that a person may turn, with its default, unit and meaning in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime
from typing import Any

from symbiosis.errors import ScenarioError

OBJECTIVE_NAMES = ("gain", "co2e", "insertion_hours", "diverted")
LIMITED_NAMES = (
    "gain_eur_per_yr",
    "project_cost_eur_per_yr",
    "transport_cost_eur_per_yr",
    "diverted_t_per_yr",
    "avoided_tco2e_per_yr",
    "emitted_tco2e_per_yr",
    "labour_h_per_yr",
    "insertion_h_per_yr",
    "transport_tkm_per_yr",
)
"""Indicators that a scenario may hold above a floor or under a cap, named as in :mod:`symbiosis.indicators`."""

LARGEST_LIMIT = 1e9

SPLIT_NAMES = ("equal", "least_core")
"""How a gain is shared: equal parts between roles, or with the least core of :mod:`symbiosis.cooperation` beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A floor, a cap or both on one indicator of the plan, against today.

    Attributes
    ----------
    indicator
        One of :data:`LIMITED_NAMES`.
    minimum, maximum
        In the indicator's unit, both included; None where that side is open.
    """

    indicator: str
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        """Refuse what limits nothing or cannot be held by any plan."""
        if self.indicator not in LIMITED_NAMES:
            raise ScenarioError(f"limits: {self.indicator!r} inconnu / is none of {', '.join(LIMITED_NAMES)}")
        sides: list[Any] = [side for side in (self.minimum, self.maximum) if side is not None]
        if not sides:
            raise ScenarioError(f"limits: {self.indicator} has neither minimum nor maximum / ni minimum ni maximum")
        for side in sides:
            if isinstance(side, bool) or not isinstance(side, int | float) or not abs(side) <= LARGEST_LIMIT:
                raise ScenarioError(f"limits: {self.indicator} = {side!r} is no number within ±{LARGEST_LIMIT:g}")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ScenarioError(f"limits: {self.indicator}: minimum {self.minimum:g} > maximum {self.maximum:g}")

    @classmethod
    def from_dict(cls, values: Any) -> Limit:
        """Limit from plain values, as in JSON; raises ScenarioError where they are none."""
        if not isinstance(values, Mapping) or not {"indicator"} <= set(values) <= {"indicator", "minimum", "maximum"}:
            raise ScenarioError(f"limits: {values!r} is not {{indicator, minimum, maximum}}")
        return cls(**values)


def _parameter(
    default: Any, *, unit: str, fr: str, en: str, source_fr: str = "", source_en: str = "", low: float | None = None,
    high: float | None = None,
) -> Any:  # fmt: skip
    sources = {"source_fr": source_fr, "source_en": source_en}
    metadata = {"unit": unit, "fr": fr, "en": en, **sources, "low": low, "high": high}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def _today() -> date:
    return datetime.now(tz=UTC).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Assumptions of one run.

    Each field carries its unit, its meaning in both languages, its source and its bounds in its metadata, which the help,
    the documentation and the dashboard read (:func:`parameters`).
    """

    name: str = _parameter("référence", unit="", fr="Nom du scénario", en="Name of the scenario")
    objective: str = _parameter(
        "gain", unit="", fr="Ce que l'on maximise : gain, co2e, insertion_hours, diverted",
        en="What is maximised: gain, co2e, insertion_hours, diverted")  # fmt: skip
    on_date: date = _parameter(  # noqa: RUF009  # a field like the others: ruff knows date alone as a call
        _today,
        unit="",
        fr="Jour dont le droit s'applique",
        en="Day whose law applies",
        source_fr="Aujourd'hui par défaut",
        source_en="Today by default",
    )
    maximum_distance_km: float = _parameter(
        50.0, unit="km", fr="Rayon d'un échange", en="Radius of an exchange", low=0.1, high=2000.0,
        source_fr="Distance moyenne d'échange des réseaux éco-industriels coréens : 40 à 48 km",
        source_en="Mean exchange distance of Korean eco-industrial networks is 40 to 48 km")  # fmt: skip
    detour_factor: float = _parameter(
        1.3, unit="", fr="Route / vol d'oiseau", en="Road / great circle", low=1.0, high=2.0,
        source_fr="Moyenne des villes européennes : 1,34 ; sensibilité 1,2 à 1,45",
        source_en="European cities average 1.34; sensitivity 1.2 to 1.45")  # fmt: skip
    transport_eur_per_t_km: float = _parameter(
        0.15, unit="€/t·km", fr="Transport quand la charge est inconnue", en="Transport where the load is unknown",
        low=0.0, high=10.0, source_fr="CNR longue distance 2023, retour à vide, 20 à 25 t : 0,12 à 0,16",
        source_en="CNR long-haul 2023, empty return, 20 to 25 t: 0.12 to 0.16")  # fmt: skip
    lorry_eur_per_km: float = _parameter(
        1.58, unit="€/km", fr="Camion, par km", en="Lorry, per km", low=0.0, high=20.0,
        source_fr="CNR longue distance 2023 : 1,41 avant amortissement, environ 1,55 à 1,60 avec",
        source_en="CNR long-haul 2023: 1.41 before depreciation, about 1.55 to 1.60 with it")  # fmt: skip
    lorry_eur_per_trip: float = _parameter(
        60.0, unit="€", fr="Camion, part fixe d'un voyage", en="Lorry, fixed part of a trip", low=0.0, high=2000.0,
        source_fr="Hypothèse : une heure et demie de chargement et d'attente, à environ 40 €/h de conducteur",
        source_en="Assumption: one and a half hour of loading and waiting at about 40 €/h of driver")  # fmt: skip
    lorry_payload_t: float = _parameter(
        20.0, unit="t", fr="Charge utile d'un camion", en="Payload of a lorry", low=0.1, high=50.0,
        source_fr="Hypothèse : ensemble articulé, en partie limité par le volume",
        source_en="Assumption: articulated lorry, partly limited by volume")  # fmt: skip
    pipe_eur_per_km_yr: float = _parameter(
        60000.0, unit="€/km/an", fr="Conduite, annuité et entretien", en="Pipe, annuity and upkeep", low=0.0, high=1e6,
        source_fr="Hypothèse : 600 à 1 000 €/m de conduite enterrée sur 20 ans à 4 %",
        source_en="Assumption: 600 to 1,000 €/m of buried pipe over 20 years at 4 %")  # fmt: skip
    pipe_loss_share_per_km: float = _parameter(
        0.01, unit="1/km", fr="Pertes d'une conduite de chaleur", en="Losses of a heat pipe", low=0.0, high=0.5,
        source_fr="Hypothèse : 5 à 15 % sur un réseau de dix kilomètres",
        source_en="Assumption: 5 to 15 % over a network of ten kilometres")  # fmt: skip
    minimum_confidence: float = _parameter(
        0.15,
        unit="",
        fr="Confiance en dessous de laquelle une piste n'est pas montrée",
        en="Confidence below which a pair is not shown",
        low=0.0,
        high=1.0,
        source_fr="Hypothèse : sous une sur sept, plus d'appels sont perdus qu'une animatrice n'en passe",
        source_en="Assumption: below one in seven, more calls are wasted than a facilitator makes",
    )
    sure_confidence: float = _parameter(
        0.55,
        unit="",
        fr="Confiance en dessous de laquelle une piste est à instruire",
        en="Confidence below which a pair is to be investigated",
        low=0.0,
        high=1.0,
        source_fr="Huit des dix premières pistes d'une entreprise sont justes sur le territoire semé (banc « matching »)",
        source_en="Four in five of the first ten pairs of a company right in the planted territory (benchmark matching)",
    )
    disposal_increase_eur_per_t: float = _parameter(
        0.0, unit="€/t", fr="Hausse du coût de l'élimination (décharge, incinération sans valorisation)",
        en="Rise of the cost of disposal (landfill, incineration without recovery)", low=-200.0, high=1000.0,
        source_fr="Aucune par défaut : les déclarations et les exutoires du catalogue restent tels quels",
        source_en="None by default: what is declared and the catalogue's outlets stand as they are")  # fmt: skip
    heat_pinch_k: float = _parameter(
        5.0, unit="K", fr="Écart de température que perd un échangeur", en="Temperature that an exchanger loses",
        low=0.0, high=50.0,
        source_fr="Hypothèse : échangeur à plaques entre deux liquides ; 10 à 20 K avec un gaz d'un côté",
        source_en="Assumption: plate exchanger between two liquids; 10 to 20 K with a gas on one side")  # fmt: skip
    candidates_per_flow: int = _parameter(
        200, unit="", fr="Partenaires gardés par flux (moins, jamais sous dix, dans un très grand territoire)",
        en="Partners kept per flow (fewer, never under ten, in a very large territory)", low=1, high=100_000,
        source_fr="Hypothèse : plus que personne n'en appelle ; les meilleurs de chaque flux restent toujours",
        source_en="Assumption: more than anybody calls; the best of each flow always stay")  # fmt: skip
    integer_trips_below_per_yr: int = _parameter(
        12, unit="1/an", fr="Voyages comptés entiers en dessous de", en="Whole trips below", low=0, high=1000)  # fmt: skip
    maximum_operators: int = _parameter(
        2, unit="", fr="Opérateurs à la suite dans une filière", en="Operators in a row in a chain", low=1, high=50,
        source_fr="Deux suffisent à toute filière du catalogue ; transporteurs et transformateurs en demandent plus",
        source_en="Two name every chain of the catalogue; markets of carriers and processors ask for more")  # fmt: skip
    periods: int = _parameter(
        1, unit="", fr="Périodes de l'horizon : 1 = l'année, 12 = des mois",
        en="Periods of the horizon: 1 = the year, 12 = months", low=1, high=366)  # fmt: skip
    horizon_days: float = _parameter(
        365.0, unit="j", fr="Jours que couvrent les périodes et les quantités déclarées",
        en="Days that the periods and the declared quantities cover", low=1.0, high=366.0)  # fmt: skip
    pool_radius_km: float = _parameter(
        10.0, unit="km", fr="Rayon d'une tournée commune", en="Radius of a joint round", low=0.1, high=100.0,
        source_fr="Hypothèse : voisins d'une ou deux zones d'activité",
        source_en="Assumption: neighbours of one or two business parks")  # fmt: skip
    pool_maximum_stops: int = _parameter(
        4, unit="", fr="Arrêts d'une tournée commune", en="Stops of a joint round", low=2, high=6)  # fmt: skip
    pool_eur_per_stop: float = _parameter(
        15.0, unit="€", fr="Un arrêt de plus dans une tournée", en="One more stop of a round", low=0.0, high=500.0,
        source_fr="Hypothèse : vingt minutes de camion et de conducteur",
        source_en="Assumption: twenty minutes of lorry and driver")  # fmt: skip
    insertion_hours_per_fte: float = _parameter(
        1505.0, unit="h/ETP", fr="Heures d'un ETP d'insertion quand la structure est inconnue",
        en="Hours of an insertion FTE where the structure is unknown", low=1000.0, high=2000.0,
        source_fr="L'aide aux EITI compte 1 505 h (arrêté du 27 février 2019)",
        source_en="EITI aid counts 1,505 h (order of 27 February 2019)")  # fmt: skip
    is_hierarchy_lifted: bool = _parameter(
        False, unit="", fr="Ne pas imposer la hiérarchie des déchets", en="Do not impose the waste hierarchy")  # fmt: skip
    is_loss_accepted: bool = _parameter(
        False,
        unit="",
        fr="Accepter une filière ou une liaison qui ne couvre pas ses coûts",
        en="Accept a filière or a link that does not cover its costs",
    )
    limits: tuple[Limit, ...] = _parameter(
        (), unit="", fr="Planchers et plafonds d'indicateurs : liste de {indicator, minimum, maximum}",
        en="Floors and caps on indicators: list of {indicator, minimum, maximum}")  # fmt: skip
    split: str = _parameter(
        "equal", unit="", fr="Partage du gain : equal, ou least_core (celui qu'aucun groupe n'a intérêt à quitter ; plus long)",
        en="Split of the gain: equal, or least_core (the one that no group has a reason to leave; takes longer)")  # fmt: skip
    is_blending_allowed: bool = _parameter(
        False, unit="", fr="Tenir une limite de qualité en mélangeant (jamais un déchet dangereux)",
        en="Meet a quality limit by blending (never a hazardous waste)",
        source_fr="Mélanger un déchet dangereux est interdit : directive 2008/98/CE, article 18",
        source_en="Mixing hazardous waste with anything is forbidden: Directive 2008/98/EC, article 18")  # fmt: skip
    time_limit_s: float = _parameter(60.0, unit="s", fr="Temps de calcul", en="Solving time", low=0.1, high=86400.0)
    relative_gap: float = _parameter(1e-4, unit="", fr="Écart accepté", en="Accepted gap", low=0.0, high=0.5)
    seed: int = _parameter(7, unit="", fr="Graine", en="Seed", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        """Refuse what no run can mean."""
        if self.objective not in OBJECTIVE_NAMES:
            raise ScenarioError(f"objective {self.objective!r} inconnu / is none of {', '.join(OBJECTIVE_NAMES)}")
        if self.split not in SPLIT_NAMES:
            raise ScenarioError(f"split {self.split!r} inconnu / is none of {', '.join(SPLIT_NAMES)}")
        names = [limit.indicator for limit in self.limits]
        if len(set(names)) < len(names):
            raise ScenarioError(f"limits: an indicator stands twice / deux fois: {', '.join(names)}")
        for parameter in fields(self):
            low, high = parameter.metadata["low"], parameter.metadata["high"]
            value = getattr(self, parameter.name)
            if low is not None and not (isinstance(value, int | float) and low <= value <= high):
                raise ScenarioError(f"{parameter.name} = {value!r} is outside {low:g} to {high:g} {parameter.metadata['unit']}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; :meth:`from_dict` reads them back."""
        return {**asdict(self), "on_date": self.on_date.isoformat(), "limits": [asdict(limit) for limit in self.limits]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Scenario:
        """Scenario from plain values.

        Parameters
        ----------
        values
            Parameter names and values, as in JSON.

        Returns
        -------
        Scenario

        Raises
        ------
        ScenarioError
            If a name is unknown or a value out of bounds.
        """
        known = {parameter.name for parameter in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            names = ", ".join(sorted(known))
            raise ScenarioError(f"paramètre inconnu / unknown parameter {', '.join(unknown)}; connus / known: {names}")
        plain = dict(values)
        if isinstance(plain.get("on_date"), str):
            try:
                plain["on_date"] = date.fromisoformat(plain["on_date"])
            except ValueError as error:
                raise ScenarioError(f"on_date {plain['on_date']!r} is no ISO date") from error
        if "limits" in plain:
            if not isinstance(plain["limits"], list | tuple):
                raise ScenarioError("limits is no list / n'est pas une liste")
            plain["limits"] = tuple(Limit.from_dict(one) if not isinstance(one, Limit) else one for one in plain["limits"])
        return cls(**plain)

    @classmethod
    def from_json(cls, text: str) -> Scenario:
        """Scenario from a JSON object; raises ScenarioError where the text is none."""
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ScenarioError(f"the scenario is no JSON: {error}") from error
        if not isinstance(values, dict):
            raise ScenarioError("the scenario is no JSON object")
        return cls.from_dict(values)


def parameters() -> list[dict[str, Any]]:
    """Every parameter with its default, unit, meaning in both languages, source and bounds, in order."""
    reference = Scenario()
    return [{"name": known.name, "default": getattr(reference, known.name), **known.metadata} for known in fields(Scenario)]
