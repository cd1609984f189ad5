"""examples/: each runs on the bundled data by the command its header names."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from aurelius.engine.v1 import strategy_pb2
from tests.conftest import REPOSITORY

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.yaml"))


def data_of(spec: Path) -> Path:
    (name,) = re.findall(r"^# Runs on (data/\w+\.parquet)\.$", spec.read_text(), re.M)
    return REPOSITORY / name


def document(spec: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(spec.read_text())
    return loaded


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "aurelius_client.cli.main", "run"]
    return {
        spec.stem: json.loads(
            subprocess.run(
                [*command, str(spec), "--data", str(data_of(spec)), "--json"],
                check=True,
                capture_output=True,
                timeout=240,
            ).stdout
        )
        for spec in EXAMPLES
    }


def test_each_example_runs_and_no_two_results_are_equal(results: dict[str, dict[str, Any]]) -> None:
    digests = {result["resultDigest"] for result in results.values()}

    assert len(results) == len(EXAMPLES) >= 16
    assert len(digests) == len(results)


def test_each_example_trades(results: dict[str, dict[str, Any]]) -> None:
    fills = {
        name: metric["value"]
        for name, result in results.items()
        for metric in result["metrics"]
        if metric["metricId"] == "fill_count"
    }

    assert len(fills) == len(results)
    assert min(fills.values()) >= 1, fills


def test_the_examples_use_every_template_and_the_ways_to_trade() -> None:
    documents = [document(spec) for spec in EXAMPLES]

    used = {name for one in documents for name in one["strategy"]}
    # A plug-in is code; its example is a package, which test_plugins.py runs.
    fields = strategy_pb2.Strategy.DESCRIPTOR.fields
    assert used == {field.json_name for field in fields} - {"plugin"}
    sized = {name for one in documents for name in one.get("sizing", {})}
    assert sized >= {"rank", "volatilityTarget", "inverseVolatility", "kellyFraction"}
    assert {"entry", "bracket"} <= {part for one in documents for part in one.get("orders", {})}
    assert any("marginInterestRatio" in one.get("financing", {}) for one in documents)
    assert any(one.get("direction") == "DIRECTION_LONG_SHORT" for one in documents)
    assert {one["calendar"] for one in documents} == {"XNYS", "XPHS"}
    assert any(
        one.get("units") == "UNITS_INTEGER" and {"perUnit", "minimum"} <= set(one["commission"])
        for one in documents
    )


def test_no_example_holds_a_symbol_over_a_split_that_is_not_applied() -> None:
    from pyarrow import parquet

    splits = parquet.read_table(REPOSITORY / "data/us_equities_actions.parquet").to_pylist()

    as_traded = [
        spec
        for spec in EXAMPLES
        if document(spec).get("corporateActions") != "CORPORATE_ACTIONS_APPLIED"
    ]
    assert len(as_traded) >= 4
    for spec in as_traded:
        one = document(spec)
        start = one.get("startTime")
        held = [split for split in splits if split["symbol"] in one.get("symbols", [])]
        assert all(start and start.date() > split["ex_date"] for split in held), spec.name
