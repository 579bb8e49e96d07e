"""The sheet of an operation: volume, pay, work; the operator's own side alone, so that it can be handed to it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from babel.dates import get_month_names

from symbiosis import messages
from symbiosis.decisions.market import SIFT, Market, Volume
from symbiosis.decisions.operation import POSTS, Offer, pay_of, workload
from symbiosis.materials import Catalogue
from symbiosis.messages import N_
from symbiosis.report.document import Document
from symbiosis.report.sheet_parts import Line, Section, quantity

STEPS: dict[str, tuple[str, str]] = {
    "theoretical": (N_("Théorique"), N_("tous les flux d'une matière qui convient")),
    "law": (N_("Après le droit"), N_("sans ceux qu'un texte interdit")),
    "distance": (N_("Après la distance"), N_("sans ceux qui sont trop loin")),
    "quality": (N_("Après la qualité"), N_("sans ceux que qualité, saison ou lot écartent")),
    "mobilisable": (N_("Mobilisable"), N_("réalisables, et qui laissent quelque chose à chacun aux prix usuels")),
}
POST_NAMES: dict[str, str] = {
    "pathway": N_("en parcours d'insertion"), "supervision": N_("d'encadrement"), "permanent": N_("permanents"),
}  # fmt: skip
HIDDEN = N_("moins de trois détenteurs, ou un seul qui pèse presque tout : votre animatrice vous appelle")
UNSAID: tuple[str, ...] = (
    N_("Ni le coût ni le prix d'une autre entreprise : seuls vos coûts et les prix usuels du catalogue entrent ici."),
    N_("Un volume est celui de trois détenteurs ou plus, dont aucun ne pèse 85 %, arrondi à deux chiffres."),
    N_("Les postes sont potentiels, sous réserve de conventionnement."),
)


def operation_document(
    offer: Offer, market: Market | None, catalogue: Catalogue, language: str, *, committed: tuple[float, int] = (0.0, 0),
    banner: str = "", footer: str = "", over: str = "",
) -> Document:  # fmt: skip
    """The sheet of an operation.

    Parameters
    ----------
    offer
        What the operator proposes.
    market
        What stands around it; ``None`` before a run has told it.
    catalogue
        Where processes have their names.
    language
        ``fr`` or ``en``.
    committed
        Tonnes a year of the projects with it that are carried out or done, and how many there are.
    banner, footer, over
        As for :class:`~symbiosis.report.document.Document`.

    Returns
    -------
    Document
    """
    say = messages.translation(language).gettext
    process = messages.name(catalogue.processes, offer.process_id, language)
    sections = [_proposed(offer, language)]
    if market is not None:
        sections += [_volumes(market, committed, language), _pay(offer, market, language)]
    volume = offer.capacity_per_yr if market is None else pay_of(offer, market).volume_per_yr
    sections += [
        _work(offer, market, volume, language),
        Section(title=say("Ce que cette fiche ne dit pas"), sentences=tuple(say(one) for one in UNSAID)),
    ]
    return Document(
        language=language, title=offer.name or process, over=over, under=process, tags=(say("Fiche opérateur"),), banner=banner,
        sections=tuple(sections), footer=footer,
    )  # fmt: skip


def operation_rows(document: Document) -> pd.DataFrame:
    """The facts of a sheet, one a row, for a spreadsheet.

    Parameters
    ----------
    document
        From :func:`operation_document`.

    Returns
    -------
    pandas.DataFrame
        `section`, `fact`, `value`, `note`.
    """
    return pd.DataFrame(list(_facts(document)), columns=["section", "fact", "value", "note"])


def _facts(document: Document) -> Iterator[tuple[str, str, str, str]]:
    for section in document.sections:
        for line in section.lines:
            yield section.title, line.label, line.value, line.note
        if section.table is not None:
            label, *columns = section.table.columns
            for row in section.table.to_dict("records"):
                for column in columns:
                    yield section.title, f"{row[label]} – {column}", str(row[column]), ""


def _proposed(offer: Offer, language: str) -> Section:
    say = messages.translation(language).gettext
    unit = {"m3": "m³"}.get(offer.unit, offer.unit)
    names = get_month_names("abbreviated", locale={"fr": "fr_FR", "en": "en_GB"}[language])
    hourly = (
        "–"
        if offer.hourly_cost_eur is None
        else say("{0} par heure").format(messages.euros(offer.hourly_cost_eur, language, 2))
    )
    posts = ", ".join(
        f"{messages.number(offer.posts[kind], language, 1)} {say(POST_NAMES[kind])}" for kind in POSTS if offer.posts.get(kind)
    )
    return Section(
        title=say("Ce que vous proposez"),
        lines=(
            Line(label=say("Capacité par an"), value=quantity(offer.capacity_per_yr, offer.unit, language)),
            Line(label=say("Coût horaire, aides déduites"), value=hourly),
            Line(
                label=say("Coût du procédé"),
                value=say("{0} par {1}, et {2} fixes par an").format(
                    messages.euros(offer.cost_eur_per_unit, language, 2), unit,
                    messages.euros(offer.fixed_cost_eur_per_yr, language),
                ),
            ),
            Line(label=say("Postes proposés (ETP)"), value=posts or say("aucun n'est dit")),
            Line(
                label=say("Mois d'ouverture"),
                value=", ".join(names[month] for month in offer.months) or say("toute l'année"),
            ),
        ),
    )  # fmt: skip


def volume_text(volume: Volume, unit: str, language: str) -> str:
    """A volume, or why it is not told.

    Parameters
    ----------
    volume
        As it may be told.
    unit
        Of it.
    language
        ``fr`` or ``en``.
    """
    if volume.quantity_per_yr is None:
        return messages.translation(language).gettext(HIDDEN)
    return quantity(volume.quantity_per_yr, unit, language)


def _volumes(market: Market, committed: tuple[float, int], language: str) -> Section:
    say = messages.translation(language).gettext

    def row(title: str, volume: Volume, unit: str, note: str) -> dict[str, str]:
        holders = messages.number(volume.holders, language) if volume.quantity_per_yr is not None else "–"
        return {
            say("Volume par an"): title, say("Quantité"): volume_text(volume, unit, language),
            say("Détenteurs"): holders, say("Ce qui est compté"): note,
        }  # fmt: skip

    rows = [
        row(say(title), market.volumes[name], market.unit, say(note)) for name, (title, note) in STEPS.items() if name in SIFT
    ]
    waiting = say("de plus, si ce qui manque est confirmé")
    rows.append(row(say("À instruire"), market.to_investigate, market.unit, waiting))
    rows.append({
        say("Volume par an"): say("Engagé"), say("Quantité"): quantity(committed[0], "t", language),
        say("Détenteurs"): "–",
        say("Ce qui est compté"): messages.counted(
            N_("{0} projet en mise en œuvre ou réalisé"), N_("{0} projets en mise en œuvre ou réalisés"), committed[1], language
        ),
    })  # fmt: skip
    rows.append(row(say("Débouchés"), market.wanted, market.wanted_unit, say("besoins que vos produits pourraient servir")))
    return Section(title=say("Volume"), table=pd.DataFrame(rows), widths=(130, 190, 80, 300))


def _pay(offer: Offer, market: Market, language: str) -> Section:
    say, pay = messages.translation(language).gettext, pay_of(offer, market)
    unit = {"m3": "m³"}.get(market.unit, market.unit)

    def money(value: float, digits: int = 0) -> str:
        return messages.euros(value, language, digits).replace("-", "−")

    def between(low: float, high: float) -> str:
        digits = 2 if max(abs(low), abs(high)) < 10 else 0
        return say("{0} à {1} par {2}").format(money(low, digits), money(high, digits), unit)

    held = quantity(pay.volume_per_yr, market.unit, language)
    lines = [
        Line(
            label=say("Il vous faut au moins"), value=between(pay.floor_low_eur_per_unit, pay.floor_high_eur_per_unit),
            note=say("votre coût, le fixe réparti sur {0} et le transport, moins ce que valent les produits ; "
                     "au-dessous de zéro, vous pouvez acheter").format(held),
        ),
        Line(
            label=say("Vos produits valent"),
            value=between(market.products_low_eur_per_unit, market.products_high_eur_per_unit),
            note=say("par unité entrante, aux prix usuels du catalogue, refus payés"),
        ),
    ]  # fmt: skip
    if market.outlet_low_eur_per_unit is not None and market.outlet_high_eur_per_unit is not None:
        lines.append(
            Line(
                label=say("Les exutoires usuels coûtent"),
                value=between(market.outlet_low_eur_per_unit, market.outlet_high_eur_per_unit),
                note=say(
                    "coûts du catalogue et taxe, jamais ceux qu'une entreprise a déclarés ; au-dessous de zéro, l'exutoire paie"
                ),
            )
        )
    if pay.yearly_low_eur is None or pay.yearly_high_eur is None:
        said = say("aucun prix ne convient aux deux côtés, ou trop peu de détenteurs")
        note = say("baissez le coût, cherchez une aide, ou appelez votre animatrice")
        lines.append(Line(label=say("Vous seriez payé"), value=said, note=note))
    else:
        note = say("pour {0}").format(held)
        if pay.needs_dear_products:
            note = "; ".join((note, say("seulement si les produits se vendent au plus haut")))
        lines.append(
            Line(
                label=say("Vous seriez payé"),
                value=say("{0} à {1} par an").format(money(pay.yearly_low_eur), money(pay.yearly_high_eur)), note=note,
            )
        )  # fmt: skip
    return Section(title=say("Rémunération"), lines=tuple(lines))


def _work(offer: Offer, market: Market | None, volume: float, language: str) -> Section:
    say = messages.translation(language).gettext
    work = workload(offer, volume)
    names = get_month_names("abbreviated", locale={"fr": "fr_FR", "en": "en_GB"}[language])
    arising = market.by_month if market is not None else (None,) * len(work)
    unit = {"m3": "m³"}.get(offer.unit, offer.unit)
    table = pd.DataFrame({
        say("Mois"): [names[int(month)] for month in work.index],
        say("Traité ({0})").format(unit): [messages.number(value, language, 1) for value in work["quantity"]],
        say("Disponible ({0})").format(unit): ["–" if value is None else messages.number(value, language) for value in arising],
        say("Heures"): [messages.number(value, language) for value in work["hours"]],
        say("dont insertion"): [messages.number(value, language) for value in work["insertion_hours"]],
        say("Postes en parcours"): [messages.number(value, language, 1) for value in work["pathway_fte"]],
        say("Proposés"): [messages.number(value, language, 1) for value in work["posts_fte"]],
    })  # fmt: skip
    hours = float(work["insertion_hours"].sum())
    lines = (
        Line(label=say("Heures d'insertion par an"), value=messages.number(hours, language),
             note=say("{0} h de travail × {1} en parcours").format(
                 messages.number(work["hours"].sum(), language), messages.percent(offer.insertion_share, language))),
        Line(label=say("ETP potentiels"), value=messages.number(hours / offer.hours_per_fte, language, 1),
             note=say("{0} h par ETP de cette structure").format(messages.number(offer.hours_per_fte, language))),
    )  # fmt: skip
    note = say("Pour {0} par an, répartis également sur les mois d'ouverture.").format(quantity(volume, offer.unit, language))
    return Section(title=say("Travail"), lines=lines, table=table, note=note)
