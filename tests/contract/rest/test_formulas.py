"""The deepest formula that is allowed, through both doors: nothing on the way is shallower."""

from typing import Any

from google.protobuf import json_format

from aurelius.engine.v1 import backtest_service_pb2, formula_service_pb2
from aurelius_engine.domain.formula.checking import DEPTH_MAX
from tests.contract.rest.methods import RPCS, Doors, answers_of, documents_of
from tests.contract.rest.world import World


def deepest() -> dict[str, Any]:
    tree: dict[str, Any] = {"series": "close"}
    for _ in range(DEPTH_MAX - 1):
        tree = {"call": {"operator": "negate", "arguments": [tree]}}
    return tree


def both(world: World, doors: Doors, method: str, request: Any, *, ended: bool = True) -> list[Any]:
    """Returns the answer that both doors give; of a run that goes on, that of REST."""
    rpc, token = RPCS[method], world.token("RESEARCHER")
    rest = doors.rest(rpc, request, token)
    assert rest.status_code == 200, rest.text
    answers = answers_of(rpc, rest)
    native = list(documents_of(doors.grpc(rpc, request, token)))
    assert answers == native or not ended
    return answers


def test_the_deepest_formula_is_checked(world: World, doors: Doors) -> None:
    request = formula_service_pb2.CheckFormulaRequest()
    json_format.ParseDict({"formula": {"expression": deepest()}}, request)

    (answer,) = both(world, doors, "FormulaService/CheckFormula", request)

    assert answer["expression"] == deepest()


def test_a_run_of_the_deepest_formula_is_got_listed_and_watched(world: World, doors: Doors) -> None:
    spec = {"strategy": {"formula": {"expression": deepest()}}, "calendar": "XNYS"}
    create = backtest_service_pb2.CreateBacktestRequest(dataset=world.dataset.name)
    json_format.ParseDict(spec, create.spec)
    (created,) = both(world, doors, "BacktestService/CreateBacktest", create, ended=False)
    name = created["name"]
    watch = backtest_service_pb2.WatchBacktestRequest(name=name)
    world.call("BacktestService/WatchBacktest", watch)

    (run,) = both(
        world,
        doors,
        "BacktestService/GetBacktest",
        backtest_service_pb2.GetBacktestRequest(name=name),
    )
    both(world, doors, "BacktestService/WatchBacktest", watch)
    listed = both(
        world, doors, "BacktestService/ListBacktests", backtest_service_pb2.ListBacktestsRequest()
    )

    assert run["spec"]["strategy"]["formula"]["expression"] == deepest()
    assert name in {item["name"] for item in listed[0]["backtests"]}
