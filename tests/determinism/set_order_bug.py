"""A worker with a planted bug: a set's order of symbols is taken for an order.

It is what a hash seed changes. Run as the worker is, by the test that wants it caught.
"""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import determinism_worker

from aurelius_engine.domain import simulation

_panel_of = simulation.panel_of


def panel_in_the_order_of_a_set(spec: Any, table: Any, names: tuple[str, ...] = ()) -> Any:
    return _panel_of(spec, table, tuple(set(names or spec.symbols or table.symbols)))


simulation.panel_of = panel_in_the_order_of_a_set  # type: ignore[assignment]
determinism_worker.main()
