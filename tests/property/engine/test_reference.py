"""The engine against a second one, written from docs/specs/execution.md alone."""

import random
from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain import simulation
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.audit import Book, Breach
from aurelius_engine.domain.core.layout import Arrays, Ints, Run
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.metrics import statistics
from aurelius_engine.domain.results import RunResult, result_of
from aurelius_engine.domain.table_hash import Column
from tests.property.engine.reference.comparison import (
    Outcome,
    compared,
    engine_run,
    spec_of_scene,
)
from tests.property.engine.reference.scenes import Scene, scene

SCENES = 400
LOGS = ("order_ints", "order_floats", "fill_ints", "fill_floats", "flow_ints", "flow_floats")
STATES = ("open", "filled", "cancelled", "rejected")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return compared(range(SCENES))


def scenes(count: int) -> list[Scene]:
    return [scene(random.Random(seed)) for seed in range(10_000, 10_000 + count)]


def result(run: Simulation, drawn: Scene) -> RunResult:
    return result_of(run, spec_of_scene(drawn), periods_per_year=252.0, benchmark=None)


def test_the_engine_and_the_reference_agree(outcome: Outcome) -> None:
    assert outcome.wrong == {}


def test_rounding_decides_in_few_scenes(outcome: Outcome) -> None:
    assert outcome.scenes == SCENES
    assert len(outcome.doubtful) < 0.05 * SCENES


def test_the_scenes_have_every_rule_type_reason_and_flow(outcome: Outcome) -> None:
    wanted = {*codes.RULE_NAMES.values(), *codes.ORDER_TYPE_NAMES.values()}
    wanted |= set(codes.FLOW_NAMES.values())
    reasons = {name.partition(" ")[2] for name in outcome.seen if name.startswith(STATES)}

    assert wanted - outcome.seen.keys() == set()
    assert reasons == set(codes.REASON_NAMES.values())


def test_the_scenes_have_fills_of_every_source(outcome: Outcome) -> None:
    assert min(outcome.seen[source] for source in ("bars", "quotes", "book")) > 200


def test_blocks_of_three_steps_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = scenes(40)
    whole = [result(engine_run(one), one) for one in drawn]
    again = [result(engine_run(one), one) for one in drawn]
    monkeypatch.setattr(simulation, "BLOCK_STEPS", 3)
    blocks = [result(engine_run(one), one) for one in drawn]

    assert [one.digests for one in again] == [one.digests for one in whole]
    assert [one.digests for one in blocks] == [one.digests for one in whole]


def test_two_threads_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = scenes(40)
    whole = [result(engine_run(one), one) for one in drawn]
    for name, least in (("BLOCK_STEPS", 1), ("LONG_CELLS", 0), ("BLOCK_CELLS", 1)):
        monkeypatch.setattr(simulation, name, least)
    monkeypatch.setattr(statistics, "LONG_BARS", 0)
    blocks, audited = list[tuple[int, int]](), simulation._audited

    def noted(
        arrays: Arrays, standing: tuple[Run, Ints], book: Book, first: int, last: int
    ) -> Breach:
        blocks.append((first, last))
        return audited(arrays, standing, book, first, last)

    monkeypatch.setattr(simulation, "_audited", noted)
    shared = [result(engine_run(one), one) for one in drawn]

    assert [one.digests for one in shared] == [one.digests for one in whole]
    assert len(blocks) > 4 * len(drawn)


def test_logs_that_grow_from_nothing_give_the_same_bits() -> None:
    def without_rows(arrays: Arrays) -> Arrays:
        return arrays._replace(**{name: getattr(arrays, name)[:0].copy() for name in LOGS})

    for drawn in scenes(40):
        grown = result(engine_run(drawn, without_rows), drawn)

        assert grown.digests == result(engine_run(drawn), drawn).digests


def _values(table: tuple[Column, ...]) -> dict[str, Any]:
    return {
        column.name: column.data if column.values is None else np.array(column.values)[column.data]
        for column in table
    }


def test_positions_and_flows_reconcile_with_the_marks() -> None:
    fills_seen = 0
    for drawn in scenes(60):
        run = engine_run(drawn)
        tables = result(run, drawn).tables
        positions, marks = _values(tables["positions"]), _values(tables["equity"])
        fills, flows = _values(tables["fills"]), _values(tables["flows"])
        stake = np.maximum.accumulate(np.abs(run.cash) + run.gross_value) + 1.0
        held = dict.fromkeys(run.panel.symbols, 0.0)
        mark = dict.fromkeys(run.panel.symbols, 0.0)
        cash = marks["cash"][0]
        for step, time in enumerate(run.panel.times):
            splits = (flows["time"] == time) & (flows["kind"] == "split")
            for place, name in enumerate(run.panel.symbols):
                rows = (positions["time"] == time) & (positions["symbol"] == name)
                if rows.any():
                    held[name] = positions["quantity"][rows][-1]
                if not np.isnan(run.panel.close[step, place]):
                    mark[name] = run.panel.close[step, place]
            at = fills["time"] == time
            rows = positions["time"] == time
            assert rows.sum() == at.sum() + splits.sum()
            cash -= (fills["quantity"][at] * fills["price"][at] + fills["commission"][at]).sum()
            cash += flows["amount"][flows["time"] == time].sum()
            value = sum(held[name] * mark[name] for name in held)
            assert abs(marks["position_value"][step + 1] - value) <= 1e-9 * stake[step + 1]
            assert abs(marks["cash"][step + 1] - cash) <= 1e-9 * stake[step + 1]
            fills_seen += int(at.sum())
        assert list(held.values()) == run.held.tolist()
    assert fills_seen > 300
