"""bt: the portfolio at closes, which is where bt trades."""

from collections.abc import Callable
from importlib.metadata import version as version_of

import bt
import pandas as pd
import workloads as w


def version() -> str:
    """Returns the version measured."""
    return "bt " + version_of("bt")


def _portfolio(data: w.Arrays) -> Callable[[], dict[str, float]]:
    names = [f"S{i:03d}" for i in range(data["close"].shape[1])]
    close = pd.DataFrame(data["close"], pd.DatetimeIndex(data["time"]), names)

    def run() -> dict[str, float]:
        steps, weights = w.momentum_weights(data["close"])
        targets = pd.DataFrame(weights, close.index[steps], names)
        strategy = bt.Strategy("momentum", [bt.algos.WeighTarget(targets), bt.algos.Rebalance()])
        backtest = bt.Backtest(
            strategy,
            close,
            initial_capital=w.CASH,
            commissions=lambda quantity, price: abs(quantity) * price * w.PORTFOLIO_FEE,
            integer_positions=False,
            progress_bar=False,
        )
        found = bt.run(backtest)
        statistics = found.stats["momentum"]
        return {
            "final": float(backtest.strategy.value),
            "sharpe": float(statistics["daily_sharpe"]),
            "drawdown": -float(statistics["max_drawdown"]),
        }

    return run


PREPARE = {"W4": _portfolio}
