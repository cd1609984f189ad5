"""Whether what is decided rests on the level of prices that were adjusted for later actions.

Back-adjusted prices are the prices that were, times a factor of each symbol that only the
future knows. A rule that decides otherwise when the factors are others decides by the future.
"""

import numpy as np

from aurelius_engine.domain.market_table import BOOK_COLUMNS, PRICES, MarketTable
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.strategies import ORDER_LIST
from aurelius_engine.domain.streams import Stream, stream
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Severity,
    Table,
    check,
    not_applicable,
)
from aurelius_engine.domain.validation.study import Plan, StudyContext
from aurelius_engine.domain.validation.targets import Parting, in_force, parting

CHECK_ID = "look_ahead.adjustment_blind"
RAW = "ADJUSTMENT_RAW"
# Powers of two: a product with one is exact.
FACTORS = (0.25, 0.5, 2.0, 4.0)


def rescaled(table: MarketTable, stream: Stream) -> MarketTable:
    """Returns the table with each symbol's prices times a factor of its own.

    Dividends and what is bid and asked are prices, too; volumes and sizes are divided. The
    factors are those of FACTORS in turn, from a place that is drawn.

    Args:
        table: Checked and sorted.
        stream: Of random numbers; one is drawn.
    """
    first = int(stream.random() * len(FACTORS))
    factor = np.array(FACTORS)[(table.symbol.data.astype(np.int64) + first) % len(FACTORS)]
    floats = table.floats()
    for name in (*PRICES, "dividend", "volume", *BOOK_COLUMNS):
        if name in floats:
            units = name == "volume" or "size" in name
            floats[name] = floats[name] / factor if units else floats[name] * factor
    return MarketTable.of_floats(time=table.time, symbol=table.symbol, floats=floats)


def rescaling(context: StudyContext, plan: Plan) -> Parting | None:
    """Decides on rescaled data, and compares the targets; None where it is not asked.

    Raises:
        EngineError: The run is refused, or was cancelled.
    """
    if _why_not(context):
        return None
    panel, decisions = plan
    other = rescaled(context.table, stream(context.seed, "look_ahead/factors"))
    _, decided = context.runs.plan(context.base, other)
    tolerance = float(context.terms["targetToleranceRatio"])
    return parting(
        panel, in_force(decisions, panel), in_force(decided, panel), step=0, tolerance=tolerance
    )


def _why_not(context: StudyContext) -> str:
    """Returns why the check is not asked; empty if it is."""
    if context.data.get("adjustment") == RAW:
        return "The prices are as traded."
    if spec_from_document(context.base).strategy.name == ORDER_LIST:
        return "A list of orders reads no price."
    return ""


def judged_rescaling(context: StudyContext, found: Parting | None) -> Check:
    """Judges whether what is decided rests on the level of adjusted prices."""
    if found is None:
        return not_applicable(CHECK_ID, _why_not(context), severity=Severity.INFO)
    detail = (
        f"{found.differing} of {found.cells} targets differ between the run and one on prices "
        "whose adjustment ends elsewhere."
    )
    if found.difference is not None:
        detail += f" The first is {found.difference}."
    return check(
        CHECK_ID,
        float(found.differing),
        Comparison.LESS_OR_EQUAL,
        0.0,
        unit="count",
        detail=detail,
        remedy=(
            "Decide by ratios of one symbol's prices, not by their level, or use the data as "
            "traded with its corporate actions."
        ),
        evidence=("rescaled", "differences"),
    )


def rescaled_table(found: Parting | None) -> Table:
    """Returns the comparison as one row; none where it was not asked."""
    rows = [] if found is None else [found]

    def ints(name: str, values: list[int]) -> Column:
        return Column(name=name, data=np.array(values, dtype=np.int64))

    return (
        ints("target_count", [one.cells for one in rows]),
        ints("differing_count", [one.differing for one in rows]),
        string_column("expected_digest", [one.expected for one in rows]),
        string_column("found_digest", [one.found for one in rows]),
    )
