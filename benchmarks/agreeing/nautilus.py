"""nautilus_trader: market orders fill at the close of the bar that is being handled."""

from typing import Any

from engines.nautilus import FINE, VENUE, bars_of, engine_of, equity_of
from engines.nautilus import version as version
from nautilus_trader.config import StrategyConfig
from nautilus_trader.indicators import SimpleMovingAverage
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.objects import Quantity
from nautilus_trader.trading.strategy import Strategy

UNITS, DECIMALS = 500, 6


class _Config(StrategyConfig, frozen=True):  # type: ignore[call-arg,misc]
    bar_types: tuple[BarType, ...]


class _Cross(Strategy):  # type: ignore[misc]
    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.averages, self.held, self.fills = {}, {}, []

    def on_start(self) -> None:
        for kind in self.config.bar_types:
            averages = SimpleMovingAverage(10), SimpleMovingAverage(20)
            for average in averages:
                self.register_indicator_for_bars(kind, average)
            self.averages[kind], self.held[kind] = averages, False
            self.subscribe_bars(kind)

    def on_bar(self, bar: Any) -> None:
        fast, slow = self.averages[bar.bar_type]
        gap, level = fast.value - slow.value, slow.value * 1e-12
        if not slow.initialized or abs(gap) <= level:
            return  # averages that are equal but for rounding change nothing
        wanted = gap > level
        if wanted != self.held[bar.bar_type]:
            self.held[bar.bar_type] = wanted
            side = OrderSide.BUY if wanted else OrderSide.SELL
            instrument = bar.bar_type.instrument_id
            self.submit_order(self.order_factory.market(instrument, side, Quantity.from_int(UNITS)))

    def on_order_filled(self, event: Any) -> None:
        units = float(event.last_qty) * (1 if event.order_side == OrderSide.BUY else -1)
        name = event.instrument_id.symbol.value
        price, fee = float(event.last_px), float(event.commission)
        self.fills.append((int(event.ts_event), name, units, price, fee))


def _same_close(data: dict[str, Any]) -> dict[str, Any]:
    names, kinds, last = data["symbols"], [], {}
    instruments = [equity_of(name, 0.001, DECIMALS) for name in names]
    engine = engine_of(instruments, 1e6)
    for i, (name, instrument) in enumerate(zip(names, instruments, strict=True)):
        kinds.append(BarType.from_str(f"{name}.SIM-1-DAY-LAST-EXTERNAL"))
        bars = {k: data[k][:, i] for k in ("open", "high", "low", "close", "volume")}
        engine.add_data(bars_of(instrument, kinds[-1], {"time": data["time"], **bars}, DECIMALS))
        last[kinds[-1]] = float(bars["close"][-1])
    strategy = _Cross(_Config(bar_types=tuple(kinds)))
    engine.add_strategy(strategy)
    engine.run()
    cash = float(strategy.portfolio.account(VENUE).balance_total(FINE))
    held = sum(UNITS * last[kind] for kind in kinds if strategy.held[kind])
    return {"fills": strategy.fills, "final_equity": cash + held}


CASES = {"nautilus_same_close": _same_close}
