"""What tests of several kinds share: real prices, and specifications over them."""

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.rpc.resolution import document_of, resolve
from tests.e2e import live_suite

REPOSITORY = Path(__file__).resolve().parent.parent
BARS = ("open", "high", "low", "close", "volume")
# One running suite for all tests that ask for it; it starts when the first does.
suite = live_suite.suite


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    live_suite.group(items)


def _goog_frame() -> Any:
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        from backtesting.test import GOOG
    return GOOG


@pytest.fixture(scope="session")
def goog_frame() -> Any:
    """The daily bars of GOOG 2004-2013 that the `backtesting` package ships."""
    return _goog_frame()


@pytest.fixture(scope="session")
def goog(goog_frame: Any) -> MarketTable:
    time = goog_frame.index.values.astype("datetime64[ns]").astype(np.int64)
    bars = {name: goog_frame[name.title()].to_numpy(dtype=np.float64) for name in BARS}
    return MarketTable.build(time=time, symbol=["GOOG"] * len(time), bars=bars)


@pytest.fixture(scope="session")
def goog_csv(goog_frame: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prices") / "goog.csv"
    frame = goog_frame.rename_axis("time").reset_index()
    frame.insert(1, "symbol", "GOOG")
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def goog_trend() -> dict[str, Any]:
    """The resolved document of the SMA 10/20 cross at 0.2 % commission."""
    spec = {
        "strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 20}},
        "calendar": "XNYS",
        "initialCash": 1_000_000,
        "commission": {"valueRatio": 0.002},
    }
    message = json_format.ParseDict(spec, backtest_spec_pb2.BacktestSpec())
    return document_of(resolve(message))
