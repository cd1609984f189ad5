"""raptorbt, by its fill timing `next_bar_open`."""

from typing import Any

import raptorbt
from engines.raptorbt import version as version


def _long_flat(data: dict[str, Any]) -> dict[str, Any]:
    columns = {name: data[name][:, 0].copy() for name in ("open", "high", "low", "close", "volume")}
    wanted = raptorbt.sma(columns["close"], 10) > raptorbt.sma(columns["close"], 20)
    entries, exits = wanted.copy(), ~wanted
    entries[1:] &= ~wanted[:-1]
    exits[1:] &= wanted[:-1]
    exits[0] = False
    found = raptorbt.run_single_backtest(
        timestamps=data["time"],
        **columns,
        entries=entries,
        exits=exits,
        config=raptorbt.BacktestConfig(
            initial_capital=1e6, fees=0.001, fill_timing="next_bar_open", periods_per_year=252.0
        ),
    )
    name, rows, last = data["symbols"][0], [], len(data["time"]) - 1
    for trade in found.trades():
        rows.append((trade.entry_idx, trade.size, trade.entry_price, trade.entry_fees))
        if trade.exit_reason != "EndOfData":
            rows.append((trade.exit_idx, -trade.size, trade.exit_price, trade.exit_fees))
        elif trade.exit_idx != last:
            raise SystemExit("a trade ended before the data did")
    fills = [(int(data["time"][i]), name, size, price, fee) for i, size, price, fee in rows]
    return {"fills": fills, "final_equity": float(found.equity_curve()[-1])}


CASES = {"raptorbt_long_flat": _long_flat}
