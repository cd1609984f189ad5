"""A run that was stopped in the middle and went on elsewhere is the same run."""

import subprocess
import sys
from pathlib import Path

import pytest

from aurelius_engine.domain.core.build import new_run
from aurelius_engine.domain.core.decisions import no_orders
from aurelius_engine.domain.core.layout import Arrays, run_of
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.core.snapshot import restored, snapshot_of
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import Panel, panel_of
from aurelius_engine.domain.results import result_of
from aurelius_engine.domain.simulation import advanced, decided, execute_run
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document
from tests.unit.engine.runs import document, market

SPEC = {
    "strategy": {"tsMomentum": {"lookbackBars": 3}},
    "direction": "DIRECTION_LONG_SHORT",
    "orders": {
        "entry": {"type": "ORDER_TYPE_LIMIT", "limitOffsetRatio": 0.02},
        "bracket": {"stopLossRatio": 0.1, "trailingStopRatio": 0.05},
    },
    "financing": {"borrowFeeRatio": 0.1},
    "limits": {"maxParticipationRatio": 0.3},
}


def waves() -> MarketTable:
    days = range(120)
    return market(
        {
            name: [(p, p * 1.04, p * 0.96, p * 1.01, 20.0) for p in prices]
            for name, prices in {
                "A": [10 + (day * 7 % 11) * 0.3 for day in days],
                "B": [20 + (day * 5 % 13) * 0.5 for day in days],
            }.items()
        }
    )


def fresh() -> tuple[BacktestSpec, Panel, Arrays]:
    spec = spec_from_document(document(SPEC))
    panel = panel_of(spec, waves())
    targets = decided(spec, panel, periods_per_year=365.0)
    return spec, panel, new_run(spec, panel, targets, no_orders(), None)


def digest_of(run: Simulation, spec: BacktestSpec) -> str:
    return result_of(run, spec, periods_per_year=365.0, benchmark=None).digest


def snapshot_at(step: int) -> bytes:
    _, _, arrays = fresh()
    arrays, _ = advanced(arrays, run_of(arrays), step)
    return snapshot_of(arrays)


def went_on(snapshot: bytes) -> str:
    spec, panel, arrays = fresh()
    return digest_of(execute_run(restored(arrays, snapshot), panel), spec)


def whole() -> str:
    spec, panel, arrays = fresh()
    return digest_of(execute_run(arrays, panel), spec)


@pytest.mark.parametrize("step", [0, 1, 17, 60, 119])
def test_a_restored_run_gives_the_digest_of_one_that_was_never_stopped(step: int) -> None:
    assert went_on(snapshot_at(step)) == whole()


def test_it_goes_on_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "snapshot"
    path.write_bytes(snapshot_at(60))
    code = (
        "import sys; from pathlib import Path; from tests.unit.engine import test_snapshots as t;"
        "print(t.went_on(Path(sys.argv[1]).read_bytes()))"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == whole()


def test_a_snapshot_of_a_wider_run_is_refused() -> None:
    spec = spec_from_document(document({"strategy": {"buyAndHold": {}}}))
    panel = panel_of(spec, market({"A": [1, 2, 3]}))
    targets = decided(spec, panel, periods_per_year=365.0)
    arrays = new_run(spec, panel, targets, no_orders(), None)

    with pytest.raises(ValueError, match="shape"):
        restored(arrays, snapshot_at(60))
