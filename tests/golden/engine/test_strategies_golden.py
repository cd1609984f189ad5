"""A run of each template on real prices: its digests, and that no two are alike."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from aurelius_engine.domain.strategies import TEMPLATES
from tests.golden.engine.strategy_runs import made_of

FILES = sorted(Path(__file__).parent.glob("strategy_*.json"))


def vector(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_run_gives_its_digests(path: Path) -> None:
    case = vector(path)

    assert made_of(case["input"]) == case["want"]


def test_there_is_a_run_of_every_template() -> None:
    ran = [name for path in FILES for name in vector(path)["input"]["spec"]["strategy"]]

    assert sorted(ran) == sorted(TEMPLATES)


@pytest.mark.parametrize("digest", ["signals_hash", "sides_hash", "fills_hash", "equity_hash"])
def test_every_pair_of_templates_differs(digest: str) -> None:
    found = {path.stem: vector(path)["want"][digest] for path in FILES}

    alike = [pair for pair in combinations(found, 2) if found[pair[0]] == found[pair[1]]]

    assert alike == []
