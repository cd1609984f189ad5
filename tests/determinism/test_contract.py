"""docs/specs/determinism.md: each clause has its test, and each test of the matrix its clause."""

import ast
import re
from pathlib import Path

import check_core
import determinism_matrix as matrix

from tests.conftest import REPOSITORY

SPEC = (REPOSITORY / "docs/specs/determinism.md").read_text()
CLAUSE = re.compile(r"^(\d+\.\d+) ", re.MULTILINE)
TEST = re.compile(r"^Test: `(tests/[\w/]+\.py)::(\w+)`$", re.MULTILINE)
# Clauses may be added; one that goes is a promise taken back, said here and in the changelog.
PROMISED = {
    *(f"1.{n}" for n in range(1, 10)),
    *(f"2.{n}" for n in range(1, 7)),
    *(f"3.{n}" for n in range(1, 6)),
    *(f"4.{n}" for n in range(1, 6)),
    *(f"5.{n}" for n in range(1, 7)),
    *(f"6.{n}" for n in range(1, 7)),
}


def clauses() -> dict[str, str]:
    """Returns the text of each clause by its number."""
    starts = [*CLAUSE.finditer(SPEC)]
    ends = [match.start() for match in starts[1:]] + [len(SPEC)]
    return {match[1]: SPEC[match.start() : end] for match, end in zip(starts, ends, strict=True)}


def defined_in(path: Path) -> set[str]:
    """Returns the names of the tests that a file defines; none if it does not exist."""
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text())
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {name for name in names if name.startswith("test_")}


def rows_of(section: str) -> dict[str, str]:
    """Returns the two columns of a section's table."""
    text = SPEC[SPEC.index(f"## {section}") :]
    text = text[: text.find("\n## ", 1)] if "\n## " in text[1:] else text
    cells = re.findall(r"^\| (\w+) \| (.+) \|$", text, re.MULTILINE)
    return {name: found for name, found in cells if name not in ("factor", "rule")}


def test_no_promise_is_missing() -> None:
    assert clauses().keys() >= PROMISED


def test_each_clause_names_exactly_one_test_and_it_exists() -> None:
    wrong = {}
    for number, text in clauses().items():
        tests = TEST.findall(text)
        if len(tests) != 1 or tests[0][1] not in defined_in(REPOSITORY / tests[0][0]):
            wrong[number] = tests

    assert wrong == {}


def test_each_test_of_the_matrix_has_a_clause() -> None:
    named = {name for _, name in TEST.findall(SPEC)}
    here = Path(__file__).parent
    found = {
        name
        for path in sorted(here.glob("*.py"))
        if path.name != Path(__file__).name
        for name in defined_in(path)
    }

    assert len(found) >= 9
    assert found - named == set()


def test_the_nightly_lane_is_run_by_its_target() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    nightly = [path for path, _ in TEST.findall(SPEC) if not Path(path).name.startswith("test_")]

    assert nightly == ["tests/determinism/nightly_aarch64.py"]
    assert f"pytest {nightly[0]}" in makefile


def test_the_factors_of_section_3_are_those_of_the_matrix() -> None:
    stated = {name: found.split(", ") for name, found in rows_of("3").items()}

    assert stated == {name: list(values) for name, values in matrix.FACTORS.items()}


def test_the_rules_of_section_4_are_those_of_the_check() -> None:
    assert list(rows_of("4")) == list(check_core.RULES)
