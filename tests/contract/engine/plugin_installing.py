"""Plug-ins that a test writes, and runs of them over made bars."""

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.application.plugins import Floats, PluginLimits
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec, Choice, spec_from_document
from aurelius_engine.rpc.resolution import document_of, resolve

DAY_NS = 86_400 * 10**9
NAME = "written"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Returns what installs a plug-in `written` of one module, or of several files."""

    def installed(
        source: str,
        entry: str = "written_plugin:decide",
        name: str = NAME,
        files: Mapping[str, str] | None = None,
    ) -> None:
        for path, text in (files or {"written_plugin.py": source}).items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(dedent(text))
        metadata = tmp_path / f"{name}-1.dist-info"
        metadata.mkdir(exist_ok=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text(f"[aurelius.strategies]\n{name} = {entry}\n")
        if str(tmp_path) not in sys.path:
            monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()

    return installed


def panel(closes: Floats) -> Panel:
    """Returns a panel of closes, NaN where there is no bar; other columns follow from them."""
    steps, symbols = closes.shape
    return Panel(
        times=np.arange(steps, dtype=np.int64) * DAY_NS,
        symbols=tuple("ABCDEFGH"[:symbols]),
        open=closes - 0.5,
        high=closes + 1.0,
        low=closes - 1.0,
        close=closes,
        volume=closes * 100.0,
        dividend=None,
        split_ratio=None,
    )


def walk(steps: int, symbols: int = 2, seed: int = 5) -> Floats:
    """Returns closes of a random walk around 100."""
    moves = np.random.default_rng(seed).uniform(-1.0, 1.0, (steps, symbols))
    return 100.0 + np.cumsum(moves, axis=0)


def spec_of(digest: str, name: str = NAME, warm_up: int = 1, **parameters: float) -> BacktestSpec:
    """Returns a resolved specification of a plug-in."""
    message = backtest_spec_pb2.BacktestSpec(calendar="XNYS")
    message.strategy.buy_and_hold.SetInParent()
    spec = spec_from_document(document_of(resolve(message)))
    fields = {
        "name": name,
        "sourceDigest": digest,
        "parameters": parameters,
        "warmUpBars": warm_up,
    }
    return replace(spec, strategy=Choice(name="plugin", parameters=fields))


def signals_of(
    bars: Panel,
    *,
    name: str = NAME,
    seed: int = 0,
    warm_up: int = 1,
    limits: PluginLimits | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    **parameters: float,
) -> Floats:
    """Runs what is installed under a name."""
    plugins = ProcessPlugins(limits or PluginLimits(cpu_max_seconds=20))
    spec = spec_of(plugins.source_digest(name), name, warm_up, **parameters)
    return plugins.signals(spec, bars, seed=seed, should_stop=should_stop)
