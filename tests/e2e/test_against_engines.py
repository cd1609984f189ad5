"""Other engines, under assumptions that ours has too, traded the same and ended the same.

What they did is in tests/golden/agreement; benchmarks/agreement.py ran them. Averages that are
exactly equal change nothing in our template, so the engines were given that rule too.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.adapters.market_files import read_market_file
from aurelius_engine.application.records import FileFormat
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.simulation import simulate
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.rpc.resolution import document_of, resolve
from tests.conftest import REPOSITORY

GOLDEN = REPOSITORY / "tests" / "golden" / "agreement"
CASES = sorted(GOLDEN.glob("*.json"))
DAYS = 252.0
Fill = tuple[int, str, float, float, float]


@pytest.fixture(scope="module")
def bundled() -> MarketTable:
    file = REPOSITORY / "data" / "us_equities_daily.parquet"
    return read_market_file(file.read_bytes(), FileFormat.PARQUET)


def our_run(document: dict[str, Any], table: MarketTable) -> Simulation:
    message = json_format.ParseDict(document, backtest_spec_pb2.BacktestSpec())
    spec = spec_from_document(document_of(resolve(message)))
    return simulate(spec, table, periods_per_year=DAYS)


def our_fills(run: Simulation) -> list[Fill]:
    fills, times, names = run.fills, run.panel.times.tolist(), run.panel.symbols
    columns = (fills.quantity.tolist(), fills.price.tolist(), fills.commission.tolist())
    places = zip(fills.step.tolist(), fills.symbol.tolist(), *columns, strict=True)
    return [(times[step], names[symbol], *rest) for step, symbol, *rest in places]


def in_order(fills: list[Fill]) -> list[Fill]:
    return sorted(fills, key=lambda fill: (fill[0], fill[1]))


def read(case: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(case.read_text())
    return document


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_another_engine_makes_the_same_fills(case: Path, bundled: MarketTable) -> None:
    golden = read(case)

    ours = in_order(our_fills(our_run(golden["input"]["spec"], bundled)))

    theirs = in_order([tuple(fill) for fill in golden["want"]["fills"]])
    assert [fill[:2] for fill in ours] == [fill[:2] for fill in theirs]
    for place, name in ((2, "units"), (3, "price")):
        want = pytest.approx([fill[place] for fill in theirs], rel=1e-9)
        assert [fill[place] for fill in ours] == want, name
    want = pytest.approx([fill[4] for fill in theirs], rel=1e-9, abs=1e-9)
    assert [fill[4] for fill in ours] == want


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_another_engine_ends_with_the_same_equity(case: Path, bundled: MarketTable) -> None:
    golden = read(case)

    run = our_run(golden["input"]["spec"], bundled)

    assert run.equity[-1] == pytest.approx(golden["want"]["finalEquity"], rel=1e-9)


def test_six_engines_are_asked_and_each_of_their_runs_trades() -> None:
    engines = {read(case)["description"].split()[0] for case in CASES}

    assert engines == {
        "backtesting.py",
        "bt",
        "nautilus_trader",
        "raptorbt",
        "vectorbt",
        "zipline-reloaded",
    }
    assert min(len(read(case)["want"]["fills"]) for case in CASES) > 90
