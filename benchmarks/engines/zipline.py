"""zipline-reloaded: whole units, filled at the close of the bar after the order's."""

import os
import tempfile
from collections.abc import Callable
from importlib.metadata import version as version_of
from typing import Any

import pandas as pd
import workloads as w

os.environ["ZIPLINE_ROOT"] = tempfile.mkdtemp(prefix="zipline-")

from zipline import run_algorithm
from zipline.api import order_target_percent, set_commission, set_slippage, symbol
from zipline.data import bundles
from zipline.finance import commission, slippage
from zipline.utils.calendar_utils import get_calendar


def version() -> str:
    """Returns the version measured."""
    return "zipline-reloaded " + version_of("zipline-reloaded")


def bundle_of(data: w.Arrays, names: list[str], calendar: str) -> None:
    """Writes the bars, (n, symbols), as the bundle `bench`."""
    days = pd.DatetimeIndex(data["time"])

    def ingest(
        environ: Any, assets: Any, minutes: Any, daily: Any, adjustments: Any, *_: Any
    ) -> None:
        table = pd.DataFrame(
            {
                "symbol": names,
                "asset_name": names,
                "start_date": days[0],
                "end_date": days[-1],
                "first_traded": days[0],
                "auto_close_date": days[-1] + pd.Timedelta(days=1),
                "exchange": "SIM",
            }
        )
        exchanges = pd.DataFrame(
            [["SIM", "SIM", "US"]], columns=["exchange", "canonical_name", "country_code"]
        )
        assets.write(equities=table, exchanges=exchanges)
        frames = (
            (i, pd.DataFrame({name: data[name][:, i] for name in w.BARS}, index=days))
            for i in range(len(names))
        )
        daily.write(frames, show_progress=False)
        adjustments.write()

    bundles.register(
        "bench", ingest, calendar_name=calendar, start_session=days[0], end_session=days[-1]
    )
    bundles.ingest("bench", show_progress=False)


def _portfolio(data: w.Arrays) -> Callable[[], dict[str, float]]:
    names = [f"S{i:03d}" for i in range(data["close"].shape[1])]
    bundle_of(data, names, "24/7")
    days = pd.DatetimeIndex(data["time"])

    def initialize(context: Any) -> None:
        context.step = -1
        context.assets = [symbol(name) for name in names]
        steps, weights = w.momentum_weights(data["close"])
        context.weights = dict(zip(steps.tolist(), weights, strict=True))
        set_commission(us_equities=commission.PerDollar(cost=w.PORTFOLIO_FEE))
        set_slippage(us_equities=slippage.FixedSlippage(spread=0.0))

    def handle_data(context: Any, bars: Any) -> None:
        context.step += 1
        weights = context.weights.get(context.step)
        if weights is None:
            return
        positions = context.portfolio.positions
        for asset, weight in zip(context.assets, weights, strict=True):
            if weight or asset in positions:
                order_target_percent(asset, weight)

    def run() -> dict[str, float]:
        found = run_algorithm(
            start=days[0],
            end=days[-1],
            initialize=initialize,
            handle_data=handle_data,
            capital_base=w.CASH,
            data_frequency="daily",
            bundle="bench",
            benchmark_returns=pd.Series(0.0, index=days.tz_localize("UTC")),
            trading_calendar=get_calendar("24/7"),
        )
        return {
            "final": float(found["portfolio_value"].iloc[-1]),
            "sharpe": float(found["sharpe"].iloc[-1]),
            "drawdown": -float(found["max_drawdown"].iloc[-1]),
        }

    return run


PREPARE = {"W4": _portfolio}
