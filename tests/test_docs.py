"""What the documents and the project files say is so."""

from __future__ import annotations

import importlib
import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

DOCUMENTS = ("README.md", "docs/guide.fr.md", "docs/guide.en.md", "docs/imports.fr.md", "docs/imports.en.md", "CONTRIBUTING.md")
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-setup.lock")
PACKAGE = Path(__file__).resolve().parents[1] / "src" / "symbiosis"


def commands_of_the_cli() -> dict[str, set[str]]:
    """Each command of the application with its options, as a user would type them."""
    if importlib.util.find_spec("symbiosis.cli") is None:
        pytest.skip("symbiosis.cli does not exist yet")
    from typer.main import get_command

    cli = importlib.import_module("symbiosis.cli")
    group: Any = get_command(cli.app)
    return {
        name: {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for name, command in group.commands.items()
    }


def spans_of_code(text: str) -> list[str]:
    blocks = "\n".join(re.findall(r"```(?:sh|powershell)\n(.*?)```", text, flags=re.DOTALL)).splitlines()
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return blocks + inline


def commands_said(text: str) -> list[tuple[str, set[str]]]:
    """Each `symbiosis X --option …` of a document."""
    said = []
    for span in spans_of_code(text):
        found = re.match(r"(?:\S*[/\\])?symbiosis\s+([a-z]\w*)(.*)", span.split("#")[0])
        if found:
            said.append((found[1], set(re.findall(r"--[a-z][a-z-]*", found[2]))))
    return said


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_and_option_in_the_documents_exists(root: Path, document: str) -> None:
    commands = commands_of_the_cli()
    for name, options in commands_said((root / document).read_text("utf-8")):
        assert name in commands, f"{document} says `symbiosis {name}`"
        assert options <= commands[name], f"{document}: `symbiosis {name}` has no {sorted(options - commands[name])}"


def test_every_command_is_in_the_readme_and_in_both_guides(root: Path) -> None:
    commands = set(commands_of_the_cli())
    readme = {name for name, _ in commands_said((root / "README.md").read_text("utf-8"))}
    assert commands <= readme, f"not in README.md: {sorted(commands - readme)}"
    for guide in ("fr", "en"):
        said = {name for name, _ in commands_said((root / f"docs/guide.{guide}.md").read_text("utf-8"))}
        assert commands - {"demo"} <= said, f"not in guide.{guide}.md: {sorted(commands - said)}"


def test_the_two_commands_stand_on_the_first_screen(root: Path) -> None:
    first_screen = "\n".join((root / "README.md").read_text("utf-8").splitlines()[:25])
    assert re.search(r"^make demo\b", first_screen, flags=re.MULTILINE)
    assert re.search(r"^make test\b", first_screen, flags=re.MULTILINE)


@pytest.mark.parametrize("document", [*DOCUMENTS, ".ci/run"])
def test_every_make_target_that_is_named_exists(root: Path, document: str) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    text = (root / document).read_text("utf-8")
    spans = text.splitlines() if document == ".ci/run" else spans_of_code(text)
    said = {found[1] for span in spans if (found := re.search(r"(?:^|\s)make (?:--\S+ )*([a-z][a-z-]*)", span))}
    assert said <= targets, sorted(said - targets)


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md", "SECURITY.md", "docs/architecture.md"])
def test_links_between_documents_lead_somewhere(root: Path, document: str) -> None:
    file = root / document
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", file.read_text("utf-8")):
        assert (file.parent / target).exists(), f"{document} links to {target}"


def layers() -> list[list[str]]:
    """Layers of the import contract, top first; optional marks taken off."""
    settings = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contract = next(one for one in settings["contracts"] if one["id"] == "layers")
    return [[name.strip(" ()") for name in re.split(r"[|:]", layer)] for layer in contract["layers"]]


def modules() -> set[str]:
    files = {file.stem for file in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    return files | {folder.parent.name for folder in PACKAGE.glob("*/__init__.py")}


def test_the_contributing_table_names_modules_that_exist(root: Path) -> None:
    table = [line for line in (root / "CONTRIBUTING.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    places = " ".join(line.split("|")[2] for line in table)
    named = {name.removesuffix(".py") for name in re.findall(r"`([a-z_]+(?:\.py)?)`", places)}
    assert {"allocation", "schemas", "objectives"} <= named
    known = {name for layer in layers() for name in layer}
    assert named <= known, f"no layer holds {sorted(named - known)}"
    if "cli" not in modules():
        pytest.skip(f"the package is not complete yet: {sorted(named - modules())} missing")
    assert named <= modules(), f"CONTRIBUTING.md names {sorted(named - modules())}"


def test_the_architecture_page_draws_every_module_in_the_order_of_the_contract(root: Path) -> None:
    drawing = (root / "docs/architecture.md").read_text("utf-8").split("```")[1]
    words = re.findall(r"[a-z_.]+", drawing)
    drawn = [[name for name in layer if name in words] for layer in layers()]
    assert modules() - {"benchmarks"} <= {name for layer in drawn for name in layer}
    places = [max(words.index(name) for name in layer) for layer in drawn if layer]
    assert places == sorted(places)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_versions_and_hashes_and_no_address(root: Path, lock: str) -> None:
    text = (root / lock).read_text("utf-8")
    logical = [line for line in text.replace("\\\n", "").splitlines() if line.strip()]
    assert len(logical) >= 5
    for line in logical:
        assert re.match(r"[A-Za-z0-9._-]+==\S+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+$", line), line[:120]
    assert not re.search(r"://|@|index-url|find-links|(?<![\w.])/", text)


def test_the_locks_agree_on_every_version(root: Path) -> None:
    line = re.compile(r"^([a-z0-9._-]+==[^\\\n]+)", flags=re.MULTILINE)
    runtime, development, setup = (set(line.findall((root / lock).read_text("utf-8"))) for lock in LOCKS)
    assert runtime <= development
    names = {line.split("==")[0]: line.strip() for line in development}
    assert all(names.get(line.split("==")[0], line.strip()) == line.strip() for line in setup)


def test_the_lock_holds_every_dependency_of_the_project(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[\[<>=;~! ]", one)[0].lower().replace("_", "-") for one in project["dependencies"]}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (root / "requirements.lock").read_text("utf-8"), flags=re.MULTILINE))
    assert wanted <= locked, sorted(wanted - locked)


def flattened(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= flattened(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def settings(root: Path) -> dict[str, Any]:
    return flattened(tomllib.loads((root / ".streamlit/config.toml").read_text("utf-8")))


def test_the_streamlit_settings_of_the_wheel_equal_those_of_the_repository(root: Path) -> None:
    if importlib.util.find_spec("symbiosis.server") is None:
        pytest.skip("symbiosis.server does not exist yet")
    server = importlib.import_module("symbiosis.server")
    assert flattened(server.CONFIG) == settings(root)


def test_the_dashboard_listens_to_this_machine_only_and_sends_nothing(root: Path) -> None:
    assert settings(root)["server.address"] == "127.0.0.1"
    assert settings(root)["browser.gatherUsageStats"] is False
    assert settings(root)["server.headless"] is True  # otherwise the first run asks for an e-mail address
    assert settings(root)["client.showErrorDetails"] == "none"


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("front", ["textColor", "primaryColor", "linkColor"])
@pytest.mark.parametrize("back", ["backgroundColor", "secondaryBackgroundColor"])
def test_text_of_both_themes_has_the_contrast_that_wcag_aa_asks(root: Path, theme: str, front: str, back: str) -> None:
    colours = settings(root)
    pair = sorted((luminance(colours[f"theme.{theme}.{front}"]), luminance(colours[f"theme.{theme}.{back}"])))
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


def test_the_licence_is_the_whole_eupl(root: Path) -> None:
    text = (root / "LICENSE").read_text("utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert [int(number) for number in re.findall(r"^(\d+)\. ?[A-Z]", text, flags=re.MULTILINE)] == list(range(1, 16))
    assert "Appendix" in text


def test_every_project_file_tells_the_same_version_and_licence(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    for file, key in (("CITATION.cff", "version"), ("publiccode.yml", "softwareVersion")):
        text = (root / file).read_text("utf-8")
        assert re.search(rf"^{key}: {re.escape(project['version'])}$", text, flags=re.MULTILINE), file
        assert re.search(rf"license: {re.escape(project['license'])}$", text, flags=re.MULTILINE), file
