"""The metrics of one run, without its tables and digests."""

from collections.abc import Callable, Mapping
from typing import Any

from aurelius_engine.application.execution import execute
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.sweeps.trials import Outcome


def measure(
    document: Mapping[str, Any],
    table: MarketTable,
    calendars: Calendars,
    should_stop: Callable[[], bool],
) -> Mapping[str, Outcome]:
    """Returns every metric of a resolved document over a table, by id.

    Raises:
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    result = execute(document, table, calendars, should_stop)
    return {metric.id: outcome for metric, outcome in result.metrics}
