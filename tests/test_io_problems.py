"""Every problem has its two sentences in both languages, and no sentence is left that no problem says."""

import re
import string
from pathlib import Path

import pytest

from symbiosis.errors import Problem
from symbiosis.io.problems import PROBLEM_SENTENCES, sentence

# Made of the name of a column: ``siren_malformed``.
COMPOSED = {"siren_malformed", "siren_check_digit"}


def source(root: Path) -> str:
    files = [*(root / "src/symbiosis/io").rglob("*.py"), *(root / "src/symbiosis/declarations").glob("*.py")]
    tables = ("problems.py", "declaration_sentences.py", "import_sentences.py")
    return "".join(f.read_text(encoding="utf-8") for f in sorted(files) if f.name not in tables)


def test_every_code_that_is_raised_has_sentences(root: Path) -> None:
    text = source(root)
    raised = {*re.findall(r'code="([a-z_]+)"', text), *re.findall(r'RefusedError\("([a-z_]+)"', text)}
    assert raised - {"ok"} <= set(PROBLEM_SENTENCES)
    assert len(raised) > 40


def test_every_sentence_belongs_to_a_code_that_is_raised(root: Path) -> None:
    words = set(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', source(root)))
    assert set(PROBLEM_SENTENCES) - words == COMPOSED


@pytest.mark.parametrize("code", PROBLEM_SENTENCES)
def test_both_languages_say_the_same_things(code: str) -> None:
    french, english, remedy_fr, remedy_en = PROBLEM_SENTENCES[code]

    def fields(text: str) -> set[str | None]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    assert fields(french + remedy_fr) == fields(english + remedy_en)
    for language in ("fr", "en"):
        message, remedy = sentence(Problem(code=code, file="x.csv", table="outputs", row=3, column="unit"), language)
        assert message[-1] in ".?!)"
        assert remedy
