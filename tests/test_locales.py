"""Every French string of the code has its English, and nothing else stands in the catalogue."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from symbiosis import messages

MARKERS = {"_", "N_", "say", "gettext"}
PLACES = re.compile(r"\{[^}]*\}")


@cache
def strings_of_the_code(root: Path) -> dict[str, str]:
    """Marked strings and the file of each; read from the syntax tree, since strings also stand inside f-strings."""
    found: dict[str, str] = {}
    for file in sorted((root / "src" / "symbiosis").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            function, text = node.func, node.args[0].value
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            if name in MARKERS and isinstance(text, str):
                found.setdefault(text, file.name)
    return found


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    file = Path(messages.__file__).parents[1] / "locales" / "en" / "LC_MESSAGES" / "symbiosis.po"
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale="en")
    return {str(message.id): str(message.string) for message in catalogue if message.id and not message.fuzzy}


def test_every_marked_string_has_an_english_translation(root: Path, english: dict[str, str]) -> None:
    missing = {text: file for text, file in strings_of_the_code(root).items() if not english.get(text, "").strip()}
    assert missing == {}


def test_no_translation_outlives_its_string(root: Path, english: dict[str, str]) -> None:
    assert sorted(set(english) - set(strings_of_the_code(root))) == []


def test_translations_keep_the_places_for_data(english: dict[str, str]) -> None:
    wrong = [text for text, said in english.items() if sorted(PLACES.findall(text)) != sorted(PLACES.findall(said))]
    assert wrong == []


def test_translation_reads_the_catalogue() -> None:
    assert messages.translation("en").gettext("réalisable") == "feasible"
    assert messages.translation("fr").gettext("réalisable") == "réalisable"


def test_french_is_set_as_it_is_printed() -> None:
    say = messages.translation("fr").gettext
    assert say("Ce n'est pas « x » : 35 % d'eau ; et {0} € ?") == (
        "Ce n’est pas «\u00a0x\u00a0»\u00a0: 35\u202f% d’eau\u202f; et {0}\u00a0€\u202f?"
    )
    # What is not French is left as it stands: icons, colours, addresses, commands.
    assert say(":material/add: :red[a] http://x:1 `pip 'x'`") == ":material/add: :red[a] http://x:1 `pip 'x'`"
    assert say(" ; ") == "\u202f; "
    assert messages.translation("en").gettext(" ; ") == "; "
