"""The port to executions whose surroundings are others than those of the engine's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aurelius_engine.domain.identity import RunIdentity, result_digest
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """What an execution found there: all of it is computed there, the hashes too.

    `identity` is that of what it got, and of the engine that is installed there.
    """

    identity: RunIdentity
    tables: Mapping[str, Table]
    digests: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The digest over all tables."""
        return result_digest(self.digests)


class PerturbedExecution(Protocol):
    """Executes where all is different that must not matter. Safe to call concurrently."""

    def perturbations(self, key: str) -> tuple[str, ...]:
        """Returns what is different there, as `NAME=value`, sorted.

        Args:
            key: Another key gives other values; the same gives the same to one engine.
        """

    def execute(
        self,
        document: Mapping[str, Any],
        table: MarketTable,
        should_stop: Callable[[], bool],
        *,
        seed: int,
        perturbations: tuple[str, ...],
    ) -> Executed:
        """Computes the result of a resolved document over a table.

        Args:
            document: The resolved specification.
            table: The data.
            should_stop: Asked now and then.
            seed: Of the identity.
            perturbations: What `perturbations` returned.

        Raises:
            ReplayDied: It ended without a result.
            ReplayTimeout: It took longer than it may.
            EngineError: The run is refused, or was stopped.
        """
