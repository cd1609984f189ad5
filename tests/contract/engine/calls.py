"""Calls on a run by its name, as any caller with every role."""

from typing import Any

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from tests.contract.engine.executions import WAIT_SECONDS
from tests.contract.engine.serving import Served, token


def get(engine: Served, name: str) -> backtest_pb2.Backtest:
    request = backtest_service_pb2.GetBacktestRequest(name=name)
    return engine.backtests.GetBacktest(request, metadata=token())


def cancel(engine: Served, name: str) -> backtest_pb2.Backtest:
    request = backtest_service_pb2.CancelBacktestRequest(name=name)
    return engine.backtests.CancelBacktest(request, metadata=token())


def watch(engine: Served, name: str) -> Any:
    request = backtest_service_pb2.WatchBacktestRequest(name=name)
    return engine.backtests.WatchBacktest(request, metadata=token(), timeout=WAIT_SECONDS)
