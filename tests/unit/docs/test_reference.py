"""The generated pages are what their sources say, and the registry says what it computes."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np

from aurelius_client import Client
from aurelius_engine.domain.metrics import REGISTRY, Statistics, compute_metrics
from aurelius_engine.domain.trades import RoundTrip
from tests.conftest import REPOSITORY

WON = RoundTrip(symbol="A", side=1, entry_value=100.0, profit=5.0)
LOST = RoundTrip(symbol="A", side=1, entry_value=100.0, profit=-5.0)
USUAL = Statistics(
    bars=3,
    periods_per_year=252.0,
    risk_free=0.0,
    equity=np.array([100.0, 101.0, 100.0, 102.0]),
    positive=True,
    mean=0.01,
    deviation=0.02,
    downside=0.01,
    drawdown=0.1,
    held_bars=2,
    traded_value=50.0,
    mean_equity=101.0,
    commissions=1.0,
    fills=4,
    trades=(WON, LOST),
)
CASES = (
    USUAL,
    replace(USUAL, positive=False),
    replace(USUAL, bars=1),
    replace(USUAL, deviation=0.0, downside=0.0),
    replace(USUAL, drawdown=0.0),
    replace(USUAL, trades=()),
    replace(USUAL, trades=(WON,)),
    replace(USUAL, bars=1, equity=np.array([1.0, 1e6])),
)


def test_the_generated_pages_are_clean() -> None:
    command = [sys.executable, str(REPOSITORY / "tools/make_reference.py"), "--check"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr


def test_the_page_of_the_sdk_has_every_operation_with_what_it_does() -> None:
    page = (REPOSITORY / "docs/reference/python-sdk.md").read_text()
    said = {
        match[1]: match[2]
        for match in re.finditer(r"```python\n(client[\w.]*)\(.*?```\n\n([^\n]*)", page, re.S)
    }

    with Client("127.0.0.1:1") as client:
        nouns = {name: noun for name, noun in vars(client).items() if not name.startswith("_")}
        calls = {f"client.{name}" for name in dir(client) if is_call(client, name)}
        for noun, resource in nouns.items():
            calls |= {f"client.{noun}.{name}" for name in dir(resource) if is_call(resource, name)}

    assert len(calls) > 40
    assert set(said) == calls
    assert all(text.endswith(".") for text in said.values()), said
    assert "0x" not in page


def is_call(resource: object, name: str) -> bool:
    return not name.startswith("_") and callable(getattr(resource, name))


def test_each_metric_states_the_reasons_for_which_it_is_undefined_and_no_other() -> None:
    given: dict[str, set[str]] = {metric.id: set() for metric in REGISTRY}
    for case in CASES:
        for metric, value in compute_metrics(case):
            if isinstance(value, str):
                given[metric.id].add(value)

    stated = {metric.id: set(metric.undefined) for metric in REGISTRY}
    anywhere = {"UNDEFINED_OVERFLOW"}
    assert {name: reasons - anywhere for name, reasons in given.items()} == {
        name: reasons - anywhere for name, reasons in stated.items()
    }
    assert {name for name, reasons in stated.items() if reasons & anywhere} <= {
        name for name, reasons in given.items() if reasons & anywhere
    }


def test_each_metric_with_periods_in_its_formula_says_how_it_is_annualised() -> None:
    for metric in REGISTRY:
        annual = "P" in metric.formula.split() or "(P" in metric.formula
        assert (metric.annualisation != "none") == (annual or metric.id == "calmar_ratio"), metric
