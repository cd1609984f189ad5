"""Which sweeps are computed many trials at once; the others run trial by trial."""

from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.sweeps.plan import SweepPlan


def batched(plan: SweepPlan, table: MarketTable, calendars: Calendars, workers: int) -> None:
    """Returns what computes a plan's points at once, None if nothing does."""
    return None
