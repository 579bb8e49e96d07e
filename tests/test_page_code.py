"""What the code of the pages and of the server must never do, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "symbiosis"
SHOWING = ("dashboard", "server", "api")
# Solves and worlds of a child of ours come back as pickles of our own making, through a pipe of our own.
PICKLES = {"workers.py", "workspace/apart.py"}
# What passes through these is escaped, is a number, or is a string of the code.
SAFE_CALLS = {"_", "N_", "plain", "word", "number", "euros", "signed", "span", "len", "say", "escape"}
MARKDOWN = {"markdown", "caption", "info", "warning", "success", "error", "title", "header", "subheader", "write", "toast"}


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """Each file is parsed once for all the rules; the trees are large, and go with the last of them."""
    yield
    parsed.cache_clear()


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    places = [PACKAGE / folder for folder in folders] or [PACKAGE]
    for place in places:
        for file in sorted(place.rglob("*.py")):
            yield str(file.relative_to(PACKAGE)), parsed(file)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def faults_of_caching(name: str, tree: ast.AST) -> list[str]:
    used = [
        node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in ("cache_data", "cache_resource")
    ]
    return [f"{name}:{node.lineno} {node.attr}" for node in used]


def faults_of_markup(name: str, tree: ast.AST) -> list[str]:
    found = []
    for call in calls(tree):
        keywords = {keyword.arg for keyword in call.keywords}
        if "unsafe_allow_html" in keywords or ast.unparse(call.func) in ("st.html", "components.html", "st.components.v1.html"):
            found.append(f"{name}:{call.lineno} {ast.unparse(call.func)}")
    return found


def faults_of_pickling(name: str, tree: ast.AST) -> list[str]:
    risky = ("pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle")
    found = []
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [f"{name}:{node.lineno} {one}" for one in names if one.split(".")[0] in risky]
    return found


def _is_told_by_the_code(node: ast.expr) -> bool:
    """Whether a text is a string of the code, filled with what is escaped; `False` only where the contrary is plain to see.

    A stored text mostly reaches a page as a subscript, ``row["name"]``: this is what is looked for.
    """
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name.split(".")[-1] in SAFE_CALLS:
            return True
        if name.endswith((".format", ".join")):
            return all(_is_told_by_the_code(argument) for argument in node.args)
        return True
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue) and part.format_spec is None]
        return all(_is_told_by_the_code(part) for part in parts)
    if isinstance(node, ast.BinOp):
        return _is_told_by_the_code(node.left) and _is_told_by_the_code(node.right)
    if isinstance(node, ast.IfExp):
        return _is_told_by_the_code(node.body) and _is_told_by_the_code(node.orelse)
    if isinstance(node, ast.Subscript):
        return not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str))
    return True


def faults_of_stored_text(name: str, tree: ast.AST) -> list[str]:
    found = []
    for call in calls(tree):
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if method in MARKDOWN and call.args and not _is_told_by_the_code(call.args[0]):
            found.append(f"{name}:{call.lineno} {method}({ast.unparse(call.args[0])})")
    return found


def faults_of_globals(name: str, tree: ast.Module) -> list[str]:
    """Containers at the level of a module that a function writes to: everybody shares them."""
    names = {
        ast.unparse(target)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(node.value, ast.Dict | ast.List | ast.Set | ast.Call)
    }
    written = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                targets = (
                    node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
                )
                written += [
                    f"{name}:{node.lineno} {ast.unparse(target)}"
                    for target in targets
                    if isinstance(target, ast.Subscript) and ast.unparse(target.value) in names
                ]
    return written


RULES = {
    "nothing is cached for all by Streamlit": (faults_of_caching, ()),
    "no markup is let through": (faults_of_markup, ()),
    "no stored text is read as Markdown": (faults_of_stored_text, ("dashboard",)),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_code_keeps_a_rule(rule: str) -> None:
    check, folders = RULES[rule]
    assert [fault for name, tree in trees(*folders) for fault in check(name, tree)] == []


def test_nothing_is_unpickled_but_what_a_child_of_ours_says() -> None:
    found = [fault for name, tree in trees() if name not in PICKLES for fault in faults_of_pickling(name, tree)]
    assert found == []


def test_no_module_imports_the_script_of_a_page() -> None:
    # Whoever imports one draws it, once, above their own page.
    dashboard = dict(trees("dashboard"))
    scripts = {name for name, tree in dashboard.items() if any(ast.unparse(node) == "page()" for node in tree.body)}
    assert len(scripts) > 10
    modules = {f"symbiosis.{name[:-3].replace('/', '.')}" for name in scripts}
    found = [
        f"{name}: {node.module}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module in modules or any(f"{node.module}.{alias.name}" in modules for alias in node.names))
    ]
    assert found == []


def test_no_module_of_what_is_shown_keeps_anything_of_a_session() -> None:
    # The territories that the package carries are kept for all: see dashboard/state.py.
    found = [fault for name, tree in trees(*SHOWING) for fault in faults_of_globals(name, tree)]
    assert [fault for fault in found if "_shipped" not in fault] == []


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (faults_of_caching, "@st.cache_data\ndef f(): ..."),
        (faults_of_markup, "st.markdown(x, unsafe_allow_html=True)"),
        (faults_of_markup, "st.html(x)"),
        (faults_of_pickling, "import pickle"),
        (faults_of_pickling, "from joblib import load"),
        (faults_of_stored_text, "st.markdown(row['name'])"),
        (faults_of_stored_text, "st.warning(f'**{row[\"name\"]}**')"),
        (faults_of_stored_text, "st.error(_('a {0}').format(row['name']))"),
        (faults_of_globals, "KEPT = {}\ndef f():\n    KEPT['a'] = 1"),
    ],
)
def test_each_rule_sees_its_fault(check: object, code: str) -> None:
    assert callable(check)
    assert check("x.py", ast.parse(code))


def test_escaped_text_and_strings_of_the_code_are_no_fault() -> None:
    code = "st.markdown(_('a')); st.markdown(f'{plain(row[\"name\"])} {number(row[\"t\"])}'); st.text(row['name'])"
    assert faults_of_stored_text("x.py", ast.parse(code)) == []


def test_pages_ask_the_identity_and_nothing_else_who_somebody_is() -> None:
    found = []
    for name, tree in trees("dashboard"):
        if name.endswith("identity.py"):
            continue
        found += [
            f"{name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("st.user", "st.context.cookies", "st.context.headers")
        ]
        found += [f"{name}:{call.lineno}" for call in calls(tree) if ast.unparse(call.func) == "Store.at"]
    assert found == []
