"""One execution of an identity: the same for every door, stored or not."""

from collections.abc import Callable, Mapping
from typing import Any

from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.identity import RunIdentity, spec_hash
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import RunResult, result_of
from aurelius_engine.domain.simulation import never_stop, simulate
from aurelius_engine.domain.spec import spec_from_document


def identify(
    document: Mapping[str, Any], *, data_hash: str, seed: int, engine_version: str
) -> RunIdentity:
    """Returns the identity of a resolved document over data, before anything runs."""
    return RunIdentity(
        spec_hash=spec_hash(document),
        data_hash=data_hash,
        seed=seed,
        engine_version=engine_version,
    )


def execute(
    document: Mapping[str, Any],
    table: MarketTable,
    calendars: Calendars,
    should_stop: Callable[[], bool] = never_stop,
) -> RunResult:
    """Computes the result of a resolved document over a table.

    Raises:
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    spec = spec_from_document(document)
    periods = calendars.periods_per_year(spec.calendar, spec.calendar_version, spec.bar_interval)
    return result_of(simulate(spec, table, should_stop), spec, periods_per_year=periods)
