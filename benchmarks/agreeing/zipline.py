"""zipline-reloaded: an order of one session fills at the close of the next.

It keeps prices in thousandths, so a unit here is ten of ours, at ten times the price.
"""

from typing import Any

import pandas as pd
from engines.zipline import bundle_of
from engines.zipline import version as version
from zipline import run_algorithm
from zipline.api import order, set_commission, set_slippage, symbol
from zipline.finance import commission, slippage
from zipline.utils.calendar_utils import get_calendar

UNITS, TEN = 500, 10
PRICES = ("open", "high", "low", "close")


def _next_close(data: dict[str, Any]) -> dict[str, Any]:
    names, days = data["symbols"], pd.DatetimeIndex(data["time"])
    bundle_of({**data, **{name: data[name] * TEN for name in PRICES}}, names, "XNYS")
    close = pd.DataFrame(data["close"], days, names)
    wanted = close.rolling(10).mean() > close.rolling(20).mean()

    def initialize(context: Any) -> None:
        context.held = dict.fromkeys(names, False)
        set_commission(us_equities=commission.PerDollar(cost=0.001))
        set_slippage(us_equities=slippage.FixedSlippage(spread=0.0))

    def handle_data(context: Any, bars: Any) -> None:
        today = bars.current_dt.tz_localize(None).normalize()
        for name in names:
            wants = bool(wanted.at[today, name])
            if wants != context.held[name]:
                order(symbol(name), UNITS // TEN if wants else -UNITS // TEN)
                context.held[name] = wants

    found = run_algorithm(
        start=days[0],
        end=days[-1],
        initialize=initialize,
        handle_data=handle_data,
        capital_base=1e6,
        data_frequency="daily",
        bundle="bench",
        benchmark_returns=pd.Series(0.0, index=days.tz_localize("UTC")),
        trading_calendar=get_calendar("XNYS"),
    )
    fills = []
    for rows in found["transactions"]:
        for row in rows:
            day = pd.Timestamp(row["dt"]).tz_localize(None).normalize().as_unit("ns")
            units, price = float(row["amount"] * TEN), float(row["price"]) / TEN
            name = row["sid"].symbol
            fills.append((int(day.value), name, units, price, abs(units) * price * 0.001))
    return {"fills": fills, "final_equity": float(found["portfolio_value"].iloc[-1])}


CASES = {"zipline_next_close": _next_close}
