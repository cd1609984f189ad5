"""What formulas become: their canonical text and hash, and the bits of their values."""

import json
from typing import Any

import pytest
from make_formula_golden import formula_of, made_of, panels

from aurelius_engine.domain.formula import formulas
from aurelius_engine.domain.panel import Panel
from tests.conftest import REPOSITORY
from tests.property.engine.formula_cases import cut, poisoned

FOLDER = REPOSITORY / "tests/golden/formula"
ALPHAS, TEXTS = (
    json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("alphas_101", "texts")
)


@pytest.fixture(scope="module")
def given() -> dict[str, Panel]:
    return panels()


@pytest.mark.parametrize("name", TEXTS["input"])
def test_a_text_is_hashed_as_its_tree(name: str) -> None:
    assert made_of(TEXTS["input"][name], {}) == TEXTS["want"][name]


def test_two_ways_to_write_a_formula_are_one_formula() -> None:
    digest_of = {name: made.get("formula_sha256") for name, made in TEXTS["want"].items()}

    assert digest_of["readme"] == digest_of["readme_spaced"]
    assert digest_of["ternary"] == digest_of["ternary_named"]
    others = {name for name in digest_of if name not in ("readme_spaced", "ternary_named")}
    distinct = {digest_of[name] for name in others if digest_of[name]}
    assert len(distinct) == sum(digest_of[name] is not None for name in others)


def test_all_alphas_but_the_one_that_reads_the_capitalisation_are_formulas() -> None:
    refused = {key for key, made in ALPHAS["want"].items() if "error" in made}

    assert set(ALPHAS["input"]) == {str(number) for number in range(1, 102)}
    assert refused == {"56"}
    assert ALPHAS["want"]["56"]["error"]["found"] == "cap"


@pytest.mark.parametrize("key", ALPHAS["input"])
def test_an_alpha_has_the_bits_that_it_had(key: str, given: dict[str, Panel]) -> None:
    assert made_of(ALPHAS["input"][key], given) == ALPHAS["want"][key]


@pytest.mark.parametrize("key", [key for key in ALPHAS["input"] if key != "56"])
def test_an_alpha_keeps_its_past_whatever_comes(key: str, given: dict[str, Panel]) -> None:
    for panel in given.values():
        formula = formula_of(ALPHAS["input"][key], panel.symbols)
        resolved = formulas.resolved(formula)
        whole = signals(resolved, panel)
        for n_steps in (300, panel.close.shape[0] - 1):
            past = whole[:n_steps].tobytes()
            assert signals(resolved, cut(panel, n_steps)).tobytes() == past
            assert signals(resolved, poisoned(panel, n_steps))[:n_steps].tobytes() == past


@pytest.mark.parametrize("key", [key for key in ALPHAS["input"] if key != "56"])
def test_an_alpha_says_something_of_many_symbols(key: str) -> None:
    # Of 96 little is left: a correlation of two ranks over 3 bars is often of a flat one.
    assert ALPHAS["want"][key]["made"]["defined_count"] > 10


def signals(resolved: Any, panel: Panel) -> Any:
    return formulas.signals(resolved, panel, lambda: False)
