"""Choices of test groups, trains and paths are those of skfolio's CombinatorialPurgedCV."""

import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from aurelius_engine.domain.validation.cross_validation import (
    group_edges,
    paths_through,
    train_intervals,
)

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "splits").glob("*.json"))


@pytest.fixture(params=GOLDEN, ids=lambda file: file.stem)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.param.read_text())
    return found


def test_trains_and_tests_are_those_of_skfolio(case: dict[str, Any]) -> None:
    given, want = case["input"], case["want"]["splits"]
    edges = group_edges(given["barCount"], given["groupCount"])
    choices = list(combinations(range(given["groupCount"]), given["testGroupCount"]))

    assert len(choices) == len(want)
    for chosen, split in zip(choices, want, strict=True):
        # skfolio purges after a test too, and embargoes beyond that.
        starts, ends = train_intervals(
            edges, chosen, given["purgedSize"], given["purgedSize"] + given["embargoSize"]
        )
        trains = [
            [start, end]
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
            if end > start
        ]
        assert trains == split["train"]
        tests = [[int(edges[group]), int(edges[group + 1])] for group in chosen]
        assert tests == split["test"]


def test_paths_are_those_of_skfolio(case: dict[str, Any]) -> None:
    given, want = case["input"], case["want"]["paths"]
    groups, tested = given["groupCount"], given["testGroupCount"]
    paths = paths_through(list(combinations(range(groups), tested)), groups)

    assert [list(path) for path in paths] == want
    assert len(paths) == math.comb(groups - 1, tested - 1)


def test_there_are_cases() -> None:
    assert len(GOLDEN) == 5
