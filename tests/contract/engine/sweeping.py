"""Sweeps as any caller with every role asks for them."""

from typing import Any

import pyarrow as pa
from google.protobuf import json_format

from aurelius.engine.v1 import optimization_service_pb2 as pb
from aurelius.engine.v1 import sweep_pb2
from tests.contract.engine.executions import WAIT_SECONDS
from tests.contract.engine.serving import SPEC, Served, token

FAST, SLOW = "strategy.trendFollowing.fastBars", "strategy.trendFollowing.slowBars"
# 5 fast windows by 6 slow ones.
THIRTY = [
    {"path": FAST, "intRange": {"lower": 2, "upper": 10, "step": 2}},
    {"path": SLOW, "intRange": {"lower": 20, "upper": 70, "step": 10}},
]
BEST_RETURN = {"metricId": "total_return_ratio", "direction": "DIRECTION_MAXIMIZE"}
RANKED = ["sharpe_ratio", "max_drawdown_ratio"]


def sweep_message(**changes: Any) -> sweep_pb2.SweepSpec:
    """The grid of THIRTY, changed; a key with None is left out."""
    document = {
        "base": SPEC,
        "parameters": THIRTY,
        "grid": {},
        "objective": BEST_RETURN,
        "metricIds": RANKED,
    } | changes
    chosen = {name: value for name, value in document.items() if value is not None}
    return json_format.ParseDict(chosen, sweep_pb2.SweepSpec())


def create_sweep(
    engine: Served, *, seed: int = 0, dataset: str = "datasets/goog", **changes: Any
) -> sweep_pb2.Sweep:
    request = pb.CreateSweepRequest(spec=sweep_message(**changes), dataset=dataset, seed=seed)
    return engine.sweeps.CreateSweep(request, metadata=token())


def watch_sweep(engine: Served, name: str) -> Any:
    request = pb.WatchSweepRequest(name=name)
    return engine.sweeps.WatchSweep(request, metadata=token(), timeout=WAIT_SECONDS)


def get_sweep(engine: Served, name: str) -> sweep_pb2.Sweep:
    return engine.sweeps.GetSweep(pb.GetSweepRequest(name=name), metadata=token())


def cancel_sweep(engine: Served, name: str) -> sweep_pb2.Sweep:
    return engine.sweeps.CancelSweep(pb.CancelSweepRequest(name=name), metadata=token())


def get_trial(engine: Served, sweep: sweep_pb2.Sweep, number: int) -> sweep_pb2.SweepTrial:
    request = pb.GetSweepTrialRequest(name=f"{sweep.name}/trials/{number}")
    return engine.sweeps.GetSweepTrial(request, metadata=token())


def searched(engine: Served, **how: Any) -> sweep_pb2.Sweep:
    """Creates a sweep, waits for its end, and returns it with its result."""
    sweep = create_sweep(engine, **how)
    for message in watch_sweep(engine, sweep.name):
        sweep = message.sweep
    assert sweep.state == sweep_pb2.Sweep.STATE_SUCCEEDED, sweep.failure
    return sweep


def downloaded(engine: Served, sweep: sweep_pb2.Sweep, **fields: Any) -> bytes:
    request = pb.DownloadSweepTrialsRequest(name=sweep.name, **fields)
    parts = engine.sweeps.DownloadSweepTrials(request, metadata=token())
    return b"".join(part.data for part in parts)


def trials(engine: Served, sweep: sweep_pb2.Sweep) -> list[dict[str, Any]]:
    """The rows of the table of trials."""
    content = downloaded(engine, sweep)
    rows: list[dict[str, Any]] = pa.ipc.open_stream(content).read_all().to_pylist()
    return rows
