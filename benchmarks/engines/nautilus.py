"""nautilus_trader: whole units bought at the close that decided, its fills on bars."""

from collections.abc import Callable
from decimal import Decimal
from importlib.metadata import version as version_of
from typing import Any

import pandas as pd
import workloads as w
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import BacktestEngineConfig, LoggingConfig, StrategyConfig
from nautilus_trader.indicators import SimpleMovingAverage
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, CurrencyType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Currency, Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

VENUE = Venue("SIM")
# A dollar of cents would round each commission.
FINE = Currency("FINEUSD", 10, 0, "dollars of ten decimals", CurrencyType.FIAT)


def version() -> str:
    """Returns the version measured."""
    return "nautilus_trader " + version_of("nautilus_trader")


def equity_of(name: str, fee: float, decimals: int) -> Any:
    """Returns an instrument whose prices have `decimals`."""
    return Equity(
        instrument_id=InstrumentId(Symbol(name), VENUE),
        raw_symbol=Symbol(name),
        currency=FINE,
        price_precision=decimals,
        price_increment=Price(10.0**-decimals, decimals),
        lot_size=Quantity.from_int(1),
        ts_event=0,
        ts_init=0,
        maker_fee=Decimal(str(fee)),
        taker_fee=Decimal(str(fee)),
    )


def engine_of(instruments: list[Any], cash: float, account: Any = AccountType.CASH) -> Any:
    """Returns an engine with one venue that fills on bars."""
    engine = BacktestEngine(
        config=BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False)
    )
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=account,
        starting_balances=[Money(cash, FINE)],
        base_currency=FINE,
        default_leverage=Decimal(1),
    )
    for instrument in instruments:
        engine.add_instrument(instrument)
    return engine


def bars_of(instrument: Any, bar_type: Any, data: w.Arrays, decimals: int) -> Any:
    """Returns the bars, with prices rounded to the instrument's decimals."""
    names = ("open", "high", "low", "close")
    columns = {name: data[name].round(decimals) for name in names}
    columns["volume"] = data["volume"]
    frame = pd.DataFrame(columns, index=pd.DatetimeIndex(data["time"], tz="UTC"))
    return BarDataWrangler(bar_type, instrument).process(frame)


class CrossConfig(StrategyConfig, frozen=True):  # type: ignore[call-arg,misc]
    """What the strategy trades."""

    instrument_id: InstrumentId
    bar_type: BarType
    fee: float


class Cross(Strategy):  # type: ignore[misc]
    """Long with all cash, in whole units, while the fast average is above the slow one."""

    def __init__(self, config: Any) -> None:
        """Makes the averages."""
        super().__init__(config)
        self.fast, self.slow = SimpleMovingAverage(w.FAST), SimpleMovingAverage(w.SLOW)
        self.units, self.fills = 0, 0

    def on_start(self) -> None:
        """Subscribes."""
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.register_indicator_for_bars(self.config.bar_type, self.fast)
        self.register_indicator_for_bars(self.config.bar_type, self.slow)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar: Bar) -> None:
        """Decides at a close."""
        if not self.slow.initialized:
            return
        wants = self.fast.value > self.slow.value
        if wants and not self.units:
            cash = float(self.portfolio.account(VENUE).balance_total(FINE))
            units = int(cash / (float(bar.close) * (1.0 + self.config.fee)))
            if units:
                self._send(OrderSide.BUY, units)
                self.units = units
        elif not wants and self.units:
            self._send(OrderSide.SELL, self.units)
            self.units = 0

    def _send(self, side: Any, units: int) -> None:
        quantity = Quantity.from_int(units)
        self.submit_order(self.order_factory.market(self.config.instrument_id, side, quantity))

    def on_order_filled(self, event: Any) -> None:
        """Counts."""
        self.fills += 1


def _one(data: w.Arrays) -> Callable[[], dict[str, float]]:
    decimals = 4
    instrument = equity_of("X", w.FEE, decimals)
    daily = int(data["time"][1] - data["time"][0]) >= w.DAY_NS
    bar_type = BarType.from_str(f"X.SIM-1-{'DAY' if daily else 'MINUTE'}-LAST-EXTERNAL")
    bars = bars_of(instrument, bar_type, data, decimals)
    last = float(data["close"][-1])

    def run() -> dict[str, float]:
        engine = engine_of([instrument], w.CASH)
        engine.add_data(bars)
        strategy = Cross(CrossConfig(instrument_id=instrument.id, bar_type=bar_type, fee=w.FEE))
        engine.add_strategy(strategy)
        engine.run()
        cash = float(strategy.portfolio.account(VENUE).balance_total(FINE))
        found = {"final": cash + strategy.units * last, "fills": strategy.fills}
        engine.dispose()
        return found

    return run


PREPARE = {"W1": _one, "W2": _one}
