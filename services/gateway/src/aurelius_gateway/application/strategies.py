"""Creating and reading strategies."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from aurelius_gateway.domain.errors import StrategyExists, StrategyNotFound
from aurelius_gateway.domain.gateway_store import GatewayStore
from aurelius_gateway.domain.strategy import JsonDocument, Strategy

Response = TypeVar("Response")


class Strategies:
    """Keeps strategies, which never change."""

    def __init__(self, *, store: GatewayStore, now: Callable[[], datetime]):
        self._store, self._now = store, now

    def create(
        self,
        strategy_id: str,
        *,
        display_name: str,
        description: str,
        definition: JsonDocument,
        creator: str,
        respond: Callable[[Strategy], Response],
    ) -> Response:
        """Creates a strategy. Raises: StrategyExists: The id is taken."""
        with self._store.write() as transaction:
            transaction.refuse_twin()
            if transaction.strategy(strategy_id) is not None:
                raise StrategyExists(f"strategies/{strategy_id}")
            strategy = Strategy(
                id=strategy_id,
                display_name=display_name,
                description=description,
                definition=definition,
                creator=creator,
                create_time=self._now(),
            )
            transaction.add_strategy(strategy)
            response = respond(strategy)
            transaction.remember(response)
            return response

    def get(self, name: str) -> Strategy:
        """Raises: StrategyNotFound: There is no such strategy."""
        with self._store.read() as reading:
            strategy = reading.strategy(name.partition("/")[2])
        if strategy is None:
            raise StrategyNotFound(name)
        return strategy

    def list(self, *, after_id: str, limit: int) -> Sequence[Strategy]:
        """Returns strategies, newest first."""
        with self._store.read() as reading:
            return reading.strategies(after_id=after_id, limit=limit)
