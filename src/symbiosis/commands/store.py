"""``symbiosis load | migrate | backup | restore | erase | user``: what the operator of a machine does with its databases."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from symbiosis.commands.terminal import failed


@contextmanager
def _said() -> Iterator[None]:
    """Errors of the store on the error stream, exit code 2."""
    from symbiosis.errors import SymbiosisError

    try:
        yield
    except SymbiosisError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from error


def load(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Dossier, classeur, ou territoire fourni / carried by name")],
    name: Annotated[str, typer.Option(help="Nom du territoire / name of the territory")] = "",
) -> None:
    """Entrer dans la base un territoire tenu en fichiers / enter a territory that is kept as files into the database.

    Le même dossier n'entre qu'une fois / the same folder enters once.
    """
    from symbiosis import workspace
    from symbiosis.errors import DeclarationError
    from symbiosis.io.folder import read_raw
    from symbiosis.io.sheets import raw_table
    from symbiosis.store import Store
    from symbiosis.store.entering import enter_territory

    with _said():
        catalogue = workspace.load_catalogue()
        try:
            territory = workspace.open_territory(folder, catalogue)
        except DeclarationError as error:
            sys.stderr.write(f"{error}\nsymbiosis check {folder}\n")
            raise typer.Exit(1) from error
        raw = read_raw(territory.folder)
        digest = hashlib.sha256(territory.declarations.fingerprint.encode()).hexdigest()
        store = Store.at()
        try:
            entered = enter_territory(
                store, name or territory.title("fr"), {sheet.table: raw_table(sheet)[0] for sheet in raw.sheets},
                digest=digest, facts=raw.facts, extension=raw.extension,
            )  # fmt: skip
        finally:
            store.close()
    sys.stdout.write(f"{entered}\n")


def migrate() -> None:
    """Mettre les bases au schéma de cette version / bring the databases to the schema of this release.

    Une transaction par base : interrompue, elle laisse l'ancien schéma / one transaction each: interrupted, it leaves the old
    schema. Avec PostgreSQL, SYMBIOSIS_DATABASE_OWNER_URL nomme le propriétaire / names the owner.
    """
    from symbiosis.store.places import places

    with _said():
        for place in places():
            before, now = place.migrate()
            sys.stdout.write(f"{place.which}: {before or '–'} → {now}\n")


def backup(
    folder: Annotated[Path, typer.Argument(help="Où garder les copies / where copies are kept")],
    keep_days: Annotated[int, typer.Option(min=1, help="Âge auquel une copie disparaît / age at which a copy goes")] = 30,
) -> None:
    """Copier les bases pendant qu'on y travaille, et vérifier la copie / copy the databases in use, and check the copy."""
    from symbiosis.store.backup import back_up
    from symbiosis.store.places import places

    with _said():
        copy = back_up(places(), folder, keep_days=keep_days)
    sys.stdout.write(f"{copy}\n")


def restore(
    copy: Annotated[Path, typer.Argument(help="Dossier d'une copie / folder of a copy")],
    is_replacing: Annotated[
        bool, typer.Option("--replace", help="Ce qui est là peut être perdu / what is there may be lost")
    ] = False,
) -> None:
    """Remettre les bases comme dans une copie / bring the databases back from a copy."""
    from symbiosis.store.backup import restore as bring_back
    from symbiosis.store.places import places

    with _said():
        found = bring_back(copy, places(), is_replacing=is_replacing)
    for which, counts in found.items():
        sys.stdout.write(f"{which}: {sum(counts.values())}\n")


def erase(
    email: Annotated[str, typer.Option(help="Une personne, par son adresse / a person, by e-mail")] = "",
    company: Annotated[str, typer.Option(help="Une entreprise, par son identifiant / a company, by id")] = "",
    is_sure: Annotated[bool, typer.Option("--yes", help="Sans demander / do not ask")] = False,
) -> None:
    """Effacer une personne ou une entreprise sans qu'il en reste rien / erase a person or a company, nothing left.

    Les copies faites avant la contiennent jusqu'à leur disparition / copies made before hold it until they go.
    """
    from symbiosis.store import Store
    from symbiosis.store.erasure import erase_company, erase_person, published_stories
    from symbiosis.store.places import places
    from symbiosis.store.stories import take_away

    if bool(email) == bool(company):
        raise typer.BadParameter("--email ou / or --company")
    if not is_sure:
        typer.confirm(f"{email or company} ?", abort=True)
    with _said():
        private = next(place for place in places() if place.which == "private")
        for territory_id, publication_id in published_stories(private, company) if company else ():
            take_away(Store.at(), territory_id, publication_id)
        rows = erase_person(private, email) if email else erase_company(private, company)
    sys.stdout.write(f"{rows}\n")


def user(
    action: Annotated[str, typer.Argument(help="list | invite | reset | disable")],
    email: Annotated[str, typer.Argument(help="Adresse électronique / e-mail address")] = "",
    role: Annotated[str, typer.Option(help="reader | editor | company_admin | planner | facilitator | admin")] = "",
    territory: Annotated[str, typer.Option(help="Identifiant du territoire / id of the territory")] = "",
    company: Annotated[str, typer.Option(help="Identifiant de l'entreprise / id of the company")] = "",
) -> None:
    """Comptes du serveur, depuis sa machine / accounts of the server, from its own machine."""
    from symbiosis.errors import StoreError
    from symbiosis.store import Store, accounts

    if action == "list":
        with _said():
            listed = accounts.people(Store.at())
        for one in listed:
            marks = [
                *one["roles"],
                *(["disabled"] if one["is_disabled"] else []),
                *(["2FA"] if one["has_second_factor"] else []),
            ]
            sys.stdout.write(f"{one['email']}\t{', '.join(marks)}\n")
        return
    if action not in ("invite", "reset", "disable"):
        raise typer.BadParameter("list, invite, reset, disable", param_hint="ACTION")
    try:
        token = accounts.operate(Store.at(), email=email, action=action, role=role, territory_id=territory, company_id=company)
    except (StoreError, ValueError) as error:
        raise failed(str(error), 2) from error
    if token:
        sys.stdout.write(f"/invitation/{token}\n")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line.

    Parameters
    ----------
    app
        The command line.
    """
    for command in (load, migrate, backup, restore, erase, user):
        app.command()(command)
