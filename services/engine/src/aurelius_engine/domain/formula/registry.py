"""Every operator and series of the language, by name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aurelius_engine.domain.formula.cross_operators import CROSS
from aurelius_engine.domain.formula.operators import Operator
from aurelius_engine.domain.formula.pointwise_operators import POINTWISE
from aurelius_engine.domain.formula.window_operators import WINDOWS

OPERATORS: tuple[Operator, ...] = (*POINTWISE, *WINDOWS, *CROSS)
OPERATOR_OF: Mapping[str, Operator] = {item.name: item for item in OPERATORS}
ALIASES: Mapping[str, str] = {alias: item.name for item in OPERATORS for alias in item.aliases}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSeries:
    """A series of the data. `lag` is the bars before its first value."""

    name: str
    about: str
    lag: int = 0


SERIES: tuple[DataSeries, ...] = (
    DataSeries(name="open", about="The first price of the bar, in quote currency."),
    DataSeries(name="high", about="The highest price."),
    DataSeries(name="low", about="The lowest price."),
    DataSeries(name="close", about="The last price."),
    DataSeries(name="volume", about="Units traded."),
    DataSeries(
        name="vwap",
        about="`(high + low + close) / 3`. Data has no volume-weighted price: this typical "
        "price stands for it.",
    ),
    DataSeries(
        name="returns",
        about="`close / delay(close, 1) - 1`. Dividends are left out.",
        lag=1,
    ),
    DataSeries(
        name="true_range",
        about="The greatest of `high - low`, `abs(high - delay(close, 1))` and "
        "`abs(low - delay(close, 1))`. Wilder (1978).",
        lag=1,
    ),
    DataSeries(
        name="dividend",
        about="Paid a unit at the open of the bar, 0 for none. Data without it is refused.",
    ),
    DataSeries(
        name="split_ratio",
        about="Units after over units before the open of the bar, 1 for none. "
        "Data without it is refused.",
    ),
)
SERIES_OF: Mapping[str, DataSeries] = {item.name: item for item in SERIES}
# What the published alphas read and bars do not hold.
NOT_IN_DATA: Mapping[str, str] = {
    "cap": "bars hold no market capitalisation",
    "indclass": "bars hold no industry: declare a grouping",
    "industry": "bars hold no industry: declare a grouping",
    "subindustry": "bars hold no industry: declare a grouping",
    "sector": "bars hold no sector: declare a grouping",
}
ADV = re.compile(r"adv([0-9]{1,6})")
