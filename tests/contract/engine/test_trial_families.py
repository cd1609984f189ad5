"""Which trials are of one family, whatever they are called and whatever they are written as."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from aurelius.engine.v1 import artifact_service_pb2, trial_ledger_pb2
from tests.contract.engine.plugin_installing import install
from tests.contract.engine.serving import SPEC, Served, serving, token
from tests.contract.engine.sweeping import cancel_sweep, create_sweep, get_trial, searched
from tests.contract.engine.test_trial_ledger import SPACE, assess, entries_of, numbers_of
from tests.contract.engine.validating import validated

__all__ = ["install"]


def test_another_name_a_part_or_other_symbols_of_the_data_lower_nothing(
    goog_engine: Served, goog_bytes: bytes
) -> None:
    searched(goog_engine)
    lines = goog_bytes.decode().splitlines()
    disguises = {
        "renamed": goog_bytes,
        "part": "\n".join([lines[0], *lines[600:]]).encode(),
        "other-symbol": goog_bytes.replace(b"GOOG", b"ZZZZ"),
    }
    for name, data in disguises.items():
        goog_engine.register(data, dataset_id=name)
        run = goog_engine.sealed(dataset=f"datasets/{name}")
        assert assess(goog_engine, run.name).trial_count >= 30, name


def test_the_same_returns_under_another_kind_of_strategy_are_the_same_hypothesis(
    goog_engine: Served,
) -> None:
    searched(goog_engine)
    text = "where(ts_mean(close, 10) > ts_mean(close, 20), 1, 0)"
    goog_engine.sealed()
    run = goog_engine.sealed(strategy={"formula": {"text": text}})

    found = assess(goog_engine, run.name)
    reasons = {member.strategy: member.reason for member in found.strategies}
    assert reasons == {"formula": "its own", "trendFollowing": "its returns are nearly the same"}
    assert found.trial_count >= 31


# What a formula makes of the point (fast, slow) of a sweep of trend following.
CROSS = "where(ts_mean(close, {fast}) > ts_mean(close, {slow}), 1, 0)"


def rewritten(engine: Served, dataset: str = "datasets/goog", fast: int = 6, slow: int = 40) -> Any:
    """A point of SPACE as a formula, sealed."""
    text = CROSS.format(fast=fast, slow=slow)
    return engine.sealed(strategy={"formula": {"text": text}}, dataset=dataset)


def reasons(found: trial_ledger_pb2.TrialAssessment) -> dict[str, str]:
    return {member.strategy: member.reason for member in found.strategies}


OTHERWISE = "where(close < delay(close, 3), 1, 0)"
SEARCHES = {
    "walkForward": {"space": SPACE, "trainBars": 500, "testBars": 300},
    "crossValidation": {"space": SPACE},
    "robustness": {"neighbourhood": SPACE},
    "dataSnooping": {
        "space": SPACE | {"objective": SPACE["objective"] | {"metricId": "mean_return_ratio"}},
    },
}


@pytest.mark.parametrize("search", ["sweep", *SEARCHES])
def test_a_point_of_a_search_rewritten_as_another_kind_brings_all_that_was_searched(
    goog_engine: Served, search: str
) -> None:
    if search == "sweep":
        searched(goog_engine)
    else:
        validated(goog_engine, search, SEARCHES[search])
    found = assess(goog_engine, rewritten(goog_engine).name)

    assert reasons(found) == {
        "formula": "its own",
        "trendFollowing": "its returns are nearly the same",
    }
    assert found.trial_count >= 31


def test_what_earns_otherwise_is_another_hypothesis(goog_engine: Served) -> None:
    searched(goog_engine)
    run = goog_engine.sealed(strategy={"formula": {"text": OTHERWISE}})
    found = assess(goog_engine, run.name)

    assert reasons(found) == {"formula": "its own"}
    assert found.trial_count == 1


def disguised(data: bytes, *, first: int = 0, days: int = 0, symbol: str = "ZZZZ") -> bytes:
    """The bars from a row on, at times that are some days off, of a symbol of another name."""
    header, *lines = data.decode().splitlines()
    moved = [header]
    for line in lines[first:]:
        time, _, rest = line.partition(",")
        day = np.datetime64(time[:10]) + days
        moved.append(f"{day}{time[10:]},{rest}".replace("GOOG", symbol))
    return "\n".join(moved).encode()


@pytest.mark.parametrize(
    "how", [{"symbol": "Y"}, {"days": -7}, {"first": 600}, {"first": 600, "days": -700}]
)
@pytest.mark.parametrize("searched_first", ["the disguise", "the data"])
def test_another_kind_is_compared_on_the_same_bars_whatever_they_are_called(
    goog_engine: Served, goog_bytes: bytes, how: dict[str, Any], searched_first: str
) -> None:
    goog_engine.register(disguised(goog_bytes, **how), dataset_id="disguise")
    names = ["datasets/disguise", "datasets/goog"]
    if searched_first == "the data":
        names.reverse()
    searched(goog_engine, dataset=names[0])
    found = assess(goog_engine, rewritten(goog_engine, names[1]).name)

    assert reasons(found)["trendFollowing"] == "its returns are nearly the same"
    assert found.trial_count >= 31


def test_other_bars_around_those_of_the_run_do_not_hide_what_was_tried(
    goog_engine: Served, goog_bytes: bytes
) -> None:
    header, *lines = goog_bytes.decode().splitlines()
    made = walk(3000).decode().splitlines()[1:]
    window = {}
    for name, part in (("one", made[:1400]), ("two", made[1600:])):
        filler = [line.replace("2018", "1998").replace(",X,", ",GOOG,") for line in part]
        early = [f"{np.datetime64('1990-01-01') + day}" for day in range(len(filler))]
        rows = [day + line[10:] for day, line in zip(early, filler, strict=True)]
        data = "\n".join([header, *rows, *lines[-300:]]).encode()
        goog_engine.register(data, dataset_id=name)
        window = {"startTime": f"{lines[-300][:10]}T00:00:00Z"}
    searched(goog_engine, dataset="datasets/one", base=SPEC | window)
    run = goog_engine.sealed(dataset="datasets/two", seed=1, **window)

    assert assess(goog_engine, run.name).trial_count == 30


def test_a_history_is_found_in_one_of_many_symbols(engine: Served) -> None:
    header, *lines = walk(300).decode().splitlines()
    draws = np.random.Generator(np.random.Philox(5)).standard_normal((300, 200))
    closes = np.round(100.0 * np.cumprod(1.0 + 0.01 * draws, axis=0), 4) + 1.0
    rows = [header]
    for day, line in enumerate(lines):
        rows.append(line)
        for place, close in enumerate(closes[day].tolist()):
            rows.append(f"{line[:10]},N{place:04d},{close},{close},{close},{close},1")
    engine.register("\n".join(rows).encode(), dataset_id="wide")
    engine.register("\n".join([header, *lines]).encode(), dataset_id="alone")
    searched(engine, dataset="datasets/wide", base=SPEC | {"symbols": ["X"]})
    run = engine.sealed(dataset="datasets/alone", seed=1)

    assert assess(engine, run.name).trial_count >= 30
    assert assess(engine, rewritten(engine, "datasets/alone").name).trial_count >= 31


def test_a_search_of_another_kind_that_was_cancelled_is_executed_again(
    goog_engine: Served,
) -> None:
    long = {"grid": None, "random": {"trialCount": 10_000}, "metricIds": ["fill_count"]}
    cancelled = cancel_sweep(goog_engine, create_sweep(goog_engine, seed=9, **long).name)
    assert cancelled.state == cancelled.STATE_CANCELLED
    found = assess(goog_engine, rewritten(goog_engine).name)

    assert reasons(found)["trendFollowing"] == "its returns are nearly the same"
    assert found.trial_count == 1 + found.unnamed_count
    ended = next(entry for entry in entries_of(goog_engine) if entry.event == "CANCELLED")
    assert found.unnamed_count == ended.executed_count


LOST = "what it tried cannot be executed again"


def test_a_cancelled_search_that_chose_by_outcomes_counts_as_alike(goog_engine: Served) -> None:
    adaptive = {"trialCount": 1000, "startupTrialCount": 4, "batchSize": 4}
    begun = create_sweep(goog_engine, grid=None, bayesian=adaptive)
    cancelled = cancel_sweep(goog_engine, begun.name)
    assert cancelled.state == cancelled.STATE_CANCELLED
    run = goog_engine.sealed(strategy={"formula": {"text": OTHERWISE}})

    assert reasons(assess(goog_engine, run.name))["trendFollowing"] == LOST


def test_a_plugin_that_is_gone_counts_as_alike(
    goog_engine: Served, install: Callable[..., None]
) -> None:
    install("def decide(bars):\n    return [1.0] * len(bars.close[-1])\n")
    sizes = {"path": "strategy.plugin.warmUpBars", "intRange": {"lower": 1, "upper": 3, "step": 1}}
    base = SPEC | {"strategy": {"plugin": {"name": "written"}}}
    searched(goog_engine, base=base, parameters=[sizes])
    run = goog_engine.sealed(strategy={"formula": {"text": OTHERWISE}})
    assert reasons(assess(goog_engine, run.name)) == {"formula": "its own"}

    install("def decide(bars):\n    return [2.0] * len(bars.close[-1])\n")
    other = goog_engine.sealed(
        strategy={"formula": {"text": "where(close < delay(close, 4), 1, 0)"}}
    )
    found = assess(goog_engine, other.name)
    assert reasons(found)["plugin"] == LOST
    assert found.trial_count == 5


def walk(bars: int) -> bytes:
    """A driftless random walk as CSV."""
    draws = np.random.Generator(np.random.Philox(20_261_125)).standard_normal(bars)
    close = 100.0 * np.cumprod(1.0 + 0.01 * draws)
    opens = np.concatenate(([100.0], close[:-1]))
    days = (np.arange(bars) + np.datetime64("2018-01-01")).astype(str)
    rows = ["time,symbol,open,high,low,close,volume"]
    for day, start, end in zip(days, opens.tolist(), close.tolist(), strict=True):
        rows.append(f"{day},X,{start!r},{max(start, end)!r},{min(start, end)!r},{end!r},1e6")
    return "\n".join(rows).encode()


def random_formulas(count: int) -> list[str]:
    """Comparisons of a price with one of its own averages, drawn at random."""
    draws = np.random.Generator(np.random.Philox(7))
    columns, found = ("open", "high", "low", "close"), set[str]()
    while len(found) < count:
        one, other = (columns[place] for place in draws.integers(0, 4, 2))
        short, long = sorted(int(bars) for bars in draws.integers(2, 40, 2))
        sign = ("<", ">")[int(draws.integers(2))]
        found.add(f"where(delay({one}, {short}) {sign} ts_mean({other}, {long}), 1, -1)")
    return sorted(found)


def test_the_best_of_a_thousand_random_formulas_is_not_believed_under_any_name(
    engine: Served, tmp_path: Path
) -> None:
    engine.register(walk(260), dataset_id="walk")
    base: dict[str, Any] = {
        "strategy": {"formula": {"text": "where(close > open, 1, -1)"}},
        "direction": "DIRECTION_LONG_SHORT",
        "calendar": "XNYS",
        "initialCash": 1_000_000,
    }
    sweep = searched(
        engine,
        dataset="datasets/walk",
        base=base,
        parameters=[
            {
                "path": "strategy.formula",
                "valueList": {"values": [{"text": text} for text in random_formulas(1000)]},
            }
        ],
        objective={"metricId": "sharpe_ratio", "direction": "DIRECTION_MAXIMIZE"},
        metricIds=[],
    )
    best = sweep.result.best
    spec = get_trial(engine, sweep, int(best.name.rsplit("/", 1)[1])).spec
    sharpe = best.metrics[0].value
    assert sharpe > 2.0

    engine.register(walk(260).replace(b",X,", b",Q,"), dataset_id="fresh")
    header, *lines = walk(260).splitlines()
    engine.register(b"\n".join([header, *lines[60:]]), dataset_id="part")
    other = tmp_path / "private"
    other.mkdir()
    with serving(other) as private:  # where the list of orders is found
        private.register(walk(260), dataset_id="walk")
        alone = private.sealed_message(spec, dataset="datasets/walk")
        orders = as_order_list(private, alone, "Q")

    runs = [engine.sealed(dataset="datasets/fresh", **orders)]
    assert reasons(assess(engine, runs[0].name))["formula"] == "its returns are nearly the same"
    for name in ("walk", "fresh", "part"):
        runs.append(engine.sealed_message(spec, dataset=f"datasets/{name}"))
    for run in runs:
        found = assess(engine, run.name)
        numbers = numbers_of(found)
        assert found.trial_count >= 1000
        assert numbers["deflated_sharpe_ratio"] < 0.95
        if run is not runs[-1]:  # a part is shorter than what the search saw
            assert numbers["probabilistic_sharpe_ratio"] > 0.95


def as_order_list(engine: Served, run: Any, symbol: str) -> dict[str, Any]:
    """What a run ordered, as the specification of a list of those orders."""
    request = artifact_service_pb2.DownloadArtifactRequest(name=f"{run.name}/artifacts/orders")
    parts = engine.artifacts.DownloadArtifact(request, metadata=token())
    orders = pa.ipc.open_stream(b"".join(part.data for part in parts)).read_all().to_pylist()
    listed = [
        {
            "time": f"{np.datetime64(order['submitted_time'], 'ns').astype('datetime64[s]')}Z",
            "symbol": symbol,
            "quantity": order["quantity"],
            "type": "ORDER_TYPE_MARKET",
        }
        for order in orders
        if order["filled_quantity"]
    ]
    return {
        "strategy": {"orderList": {"orders": listed}},
        "direction": "DIRECTION_LONG_SHORT",
        "calendar": "XNYS",
        "initialCash": 1_000_000,
        "commission": None,
    }
