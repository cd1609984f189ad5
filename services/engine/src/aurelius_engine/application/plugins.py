"""The port to plug-ins: strategies in code that the engine's operator installed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.application.errors import PluginNotFound
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.simulation import PluginSignals
from aurelius_engine.domain.spec import BacktestSpec

Floats = NDArray[np.float64]
ENTRY_POINT_GROUP = "aurelius.strategies"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginLimits:
    """What one run may use. `reply_max_seconds` bounds the wait for one step's answer."""

    cpu_max_seconds: int = 600
    memory_max_bytes: int = 2 << 30
    reply_max_seconds: float = 900.0


class Plugins(Protocol):
    """Runs plug-ins. Safe to call concurrently.

    The same specification, panel and seed give the same signals if the plug-in computes
    alike; it gets nothing else to decide by.
    """

    def source_digest(self, name: str, asked: str = "") -> str:
        """Returns the digest of the source that is installed under an entry point's name.

        Args:
            name: The entry point.
            asked: The digest that it has to be; empty for any.

        Raises:
            PluginNotFound: Nothing, or more than one thing, is installed under the name.
            PluginMismatch: It is another source.
        """

    def signals(
        self, spec: BacktestSpec, panel: Panel, *, seed: int, should_stop: Callable[[], bool]
    ) -> Floats:
        """Returns signals of shape (n_steps, n_symbols), NaN where there is none.

        Args:
            spec: Resolved; its strategy is a plug-in.
            panel: The bars. At step t nothing of them after t is reachable by the plug-in.
            seed: Of the run, in [0, 2**64).
            should_stop: Asked at each step, and while one lasts.

        Raises:
            PluginNotFound, PluginMismatch: What is installed is not the specification's.
            PluginForbidden: It did what a plug-in may not.
            PluginFailed: It raised, or answered with something else than signals.
            PluginTimeout: It used up its time.
            PluginSandboxMissing: This machine cannot keep it in.
            LookbackTooLong: No symbol has the bars of its warm-up.
            RunCancelled: `should_stop` said so.
        """


class NoPlugins:
    """An engine without plug-ins."""

    def source_digest(self, name: str, asked: str = "") -> str:
        """Raises: PluginNotFound."""
        raise PluginNotFound(f"no plug-in {name} is installed", found=name, allowed="none")

    def signals(
        self, spec: BacktestSpec, panel: Panel, *, seed: int, should_stop: Callable[[], bool]
    ) -> Floats:
        """Raises: PluginNotFound."""
        self.source_digest(spec.strategy.parameters["name"])
        raise AssertionError  # the line above raises


def signals_for_run(
    plugins: Plugins, *, seed: int, should_stop: Callable[[], bool]
) -> PluginSignals:
    """Returns what `simulate` takes as `plugin_signals`, for one run."""

    def signals(spec: BacktestSpec, panel: Panel) -> Floats:
        return plugins.signals(spec, panel, seed=seed, should_stop=should_stop)

    return signals
