"""bt, which trades at the close of the day it decides on."""

from typing import Any

import bt
import pandas as pd
from engines.bt import version as version


def _equal_weights(data: dict[str, Any]) -> dict[str, Any]:
    names, index = data["symbols"], pd.DatetimeIndex(data["time"])
    close = pd.DataFrame(data["close"], index, names)
    targets = pd.DataFrame(1.0 / len(names), index[::21], names)
    strategy = bt.Strategy("equal", [bt.algos.WeighTarget(targets), bt.algos.Rebalance()])
    backtest = bt.Backtest(
        strategy, close, initial_capital=1e6, integer_positions=False, progress_bar=False
    )
    found = bt.run(backtest)
    transactions = found.get_transactions()
    fills = [
        (int(time.value), name, float(row.quantity), float(row.price), 0.0)
        for (time, name), row in zip(transactions.index, transactions.itertuples(), strict=True)
    ]
    return {"fills": fills, "final_equity": float(backtest.strategy.value)}


CASES = {"bt_equal_weights": _equal_weights}
