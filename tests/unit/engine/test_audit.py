"""The audit finds what does not follow from the fills and flows, and says where."""

from collections.abc import Callable

import numpy as np
import pytest

from aurelius_engine.domain import errors, simulation
from aurelius_engine.domain.core import audit, codes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.layout import Arrays, run_of
from tests.unit.engine.test_snapshots import fresh

STEPS = 120
Tamper = Callable[[Arrays], None]


def finished() -> Arrays:
    _, _, arrays = fresh()
    arrays, _ = simulation.advanced(arrays, run_of(arrays), STEPS)
    return arrays


def audited(arrays: Arrays) -> tuple[int, int, float, float]:
    return audit.audit(run_of(arrays), STEPS, 1000.0)


def test_a_run_as_the_core_left_it_is_sound() -> None:
    assert audited(finished())[0] == audit.SOUND


@pytest.mark.parametrize("step", [0, 33, 118])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("cash", audit.CASH_DIFFERS),
        ("position_value", audit.VALUE_DIFFERS),
        ("equity", audit.EQUITY_DIFFERS),
    ],
)
@pytest.mark.parametrize("by", [1e-3, -5.0, float("nan")])
def test_a_mark_that_is_off_is_found_at_its_step(
    name: str, wrong: int, step: int, by: float
) -> None:
    arrays = finished()
    marks = getattr(arrays, name)
    marks[step + 1] += by

    found = audited(arrays)

    assert found[1] == step
    if not np.isnan(by):
        assert found[0] == wrong
        assert found[2] == marks[step + 1]
        assert found[3] == pytest.approx(marks[step + 1] - by, rel=1e-9, abs=1e-9)


def _quantity(arrays: Arrays) -> None:
    arrays.fill_floats[3, at.FILL_QUANTITY] *= 1.5


def _commission(arrays: Arrays) -> None:
    arrays.fill_floats[2, at.FILL_COMMISSION] += 1.0


def _lost_flow(arrays: Arrays) -> None:
    assert arrays.flow_floats[0, at.FLOW_AMOUNT] != 0.0
    arrays.flow_floats[0, at.FLOW_AMOUNT] = -1.0


def _reference(arrays: Arrays) -> None:
    arrays.fill_floats[1, at.FILL_REFERENCE] *= 2.0


def _filled(arrays: Arrays) -> None:
    arrays.order_floats[0, at.FILLED_UNITS] += 1.0


def _state(arrays: Arrays) -> None:
    done = np.flatnonzero(arrays.order_ints[:, at.STATE] == codes.FILLED)
    arrays.order_ints[done[0], at.STATE] = codes.REJECTED


def _open_count(arrays: Arrays) -> None:
    arrays.counters[at.OPEN_COUNT] += 1


@pytest.mark.parametrize(
    "tamper", [_quantity, _commission, _lost_flow, _reference, _filled, _state, _open_count]
)
def test_a_log_that_was_changed_is_found(tamper: Tamper) -> None:
    arrays = finished()
    tamper(arrays)

    assert audited(arrays)[0] != audit.SOUND


@pytest.mark.parametrize("long_cells", [0, simulation.LONG_CELLS], ids=["beside", "at_once"])
def test_a_breach_quarantines_with_the_step_and_both_numbers(
    monkeypatch: pytest.MonkeyPatch, long_cells: int
) -> None:
    monkeypatch.setattr(simulation, "LONG_CELLS", long_cells)
    for name in ("BLOCK_STEPS", "BLOCK_CELLS"):
        monkeypatch.setattr(simulation, name, 1)
    reached, ends = [0], set[int]()
    spec, panel, arrays = fresh()
    honest = simulation.run_until

    def crooked(run: at.Run, last: int) -> int:
        step = honest(run, last)
        if reached[-1] <= 50 < step:
            arrays.equity[51] += 7.0
        reached.append(step)
        ends.add(last)
        return step

    monkeypatch.setattr(simulation, "run_until", crooked)
    with pytest.raises(errors.AccountingBreach) as breach:
        simulation.execute_run(arrays, panel)

    assert len(ends) > 1
    assert spec.initial_cash == 1000.0
    assert breach.value.facts["step"] == 50
    assert breach.value.facts["quantity"] == "equity"
    assert breach.value.facts["found"] == pytest.approx(float(breach.value.facts["allowed"]) + 7.0)
