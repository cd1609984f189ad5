"""What each strategy signals at each close. Causal by construction; strategy.proto.

A signal's sign is a side and its size a score: float64 (n_steps, n_symbols), NaN where a
symbol has no bar or the strategy is still warming up, 0 for flat. A template works on each
symbol's own bars, the rows where its close is not NaN.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain import errors
from aurelius_engine.domain.market_table import ACTIONS
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec, Choice
from aurelius_engine.domain.strategies import templates
from aurelius_engine.domain.strategies.prices import bar_counts, comparable

Floats = NDArray[np.float64]

# The strategies that are no templates.
FORMULA, PLUGIN, ORDER_LIST = "formula", "plugin", "orderList"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template: its logic, and what it needs of a run.

    Attributes:
        signals: Its logic.
        bars_needed: Bars of a symbol up to its first signal.
        min_symbols: The fewest symbols of a run.
        max_symbols: The most; None means any number.
        needs_short: Whether it is nothing without the short side.
        needs_dividends: Whether it reads the column `dividend`.
    """

    signals: Callable[[BacktestSpec, Panel, float, Callable[[], bool]], Floats]
    bars_needed: Callable[[Choice], int]
    min_symbols: int = 1
    max_symbols: int | None = None
    needs_short: bool = False
    needs_dividends: bool = False


TEMPLATES: Mapping[str, Template] = {
    "buyAndHold": Template(signals=templates.buy_and_hold, bars_needed=lambda _: 1),
    "tsMomentum": Template(
        signals=templates.ts_momentum, bars_needed=lambda choice: choice.bars("lookbackBars") + 1
    ),
    "trendFollowing": Template(
        signals=templates.trend_following, bars_needed=lambda choice: choice.bars("slowBars")
    ),
    "meanReversion": Template(
        signals=templates.mean_reversion, bars_needed=lambda choice: choice.bars("lookbackBars")
    ),
    "breakout": Template(
        signals=templates.breakout,
        bars_needed=lambda choice: max(choice.bars("entryBars"), choice.bars("exitBars")) + 1,
    ),
    "pairsTrading": Template(
        signals=templates.pairs_trading,
        bars_needed=lambda choice: choice.bars("lookbackBars"),
        min_symbols=2,
        max_symbols=2,
        needs_short=True,
    ),
    "statArb": Template(
        signals=templates.stat_arb,
        bars_needed=lambda choice: choice.bars("lookbackBars") + 1,
        min_symbols=3,
        needs_short=True,
    ),
    "marketNeutral": Template(
        signals=templates.market_neutral,
        bars_needed=lambda choice: choice.bars("lookbackBars") + 1,
        min_symbols=2,
        needs_short=True,
    ),
    "volatilityTrading": Template(
        signals=templates.volatility_trading,
        bars_needed=lambda choice: choice.bars("slowBars") + 1,
    ),
    "carry": Template(
        signals=templates.carry,
        bars_needed=lambda choice: choice.bars("lookbackBars"),
        needs_dividends=True,
    ),
    "mlClassifier": Template(
        signals=templates.ml_classifier,
        bars_needed=lambda choice: choice.bars("trainBars") + choice.bars("featureCount") + 1,
    ),
}


def bars_needed(strategy: Choice) -> int:
    """Returns the bars of a symbol up to its first signal, the bar of that signal included."""
    if strategy.name == FORMULA:
        from aurelius_engine.domain import formula

        return formula.bars_needed(strategy.parameters)
    if strategy.name == PLUGIN:
        return strategy.bars("warmUpBars")
    if strategy.name == ORDER_LIST:
        return 1
    return TEMPLATES[strategy.name].bars_needed(strategy)


def refuse_unfit(
    spec: BacktestSpec, symbols: Sequence[str], counts: Sequence[int], *, has_dividends: bool
) -> None:
    """Refuses a run that its strategy could not decide anything in, before it begins.

    A symbol with too few bars only never trades; a run is refused if every symbol has.

    Args:
        spec: Resolved.
        symbols: Those of the run.
        counts: Bars of each in the window.
        has_dividends: Whether the data has the column `dividend`.

    Raises:
        SymbolCountMismatch: The template is not for that many symbols.
        SpecContradiction: The template needs the short side, and it is not allowed.
        DataColumnMissing: The template needs dividends, and there are none.
        LookbackTooLong: No symbol has enough bars.
    """
    name, template = spec.strategy.name, TEMPLATES.get(spec.strategy.name)
    if template is not None:
        _refuse_unmet(spec, template, len(symbols), has_dividends)
    elif name == FORMULA and not has_dividends:
        _refuse_unknown_columns(spec.strategy)
    needed = bars_needed(spec.strategy)
    # A pair decides on common bars, of which there are no more than of the shorter one.
    paired = template is not None and template.max_symbols == 2
    place = int(np.argmin(counts) if paired else np.argmax(counts))  # the first of equals
    if counts[place] < needed:
        raise short_window(name, needed, symbols[place], int(counts[place]))


def _refuse_unmet(spec: BacktestSpec, template: Template, count: int, has_dividends: bool) -> None:
    name, most = spec.strategy.name, template.max_symbols
    if count < template.min_symbols or (most is not None and count > most):
        exactly = most == template.min_symbols
        allowed = f"{'exactly' if exactly else 'at least'} {template.min_symbols}"
        raise errors.SymbolCountMismatch(
            f"{name} trades {allowed} symbols, the run has {count}", found=count, allowed=allowed
        )
    if template.needs_short and not spec.long_short:
        raise errors.SpecContradiction(
            f"{name} holds both sides, and direction is DIRECTION_LONG_FLAT",
            found="DIRECTION_LONG_FLAT",
            allowed="DIRECTION_LONG_SHORT",
        )
    if template.needs_dividends and not has_dividends:
        raise _missing(name, "dividend")


def _refuse_unknown_columns(strategy: Choice) -> None:
    from aurelius_engine.domain import formula

    read = set(formula.columns_read(strategy.parameters))
    for column in ACTIONS:
        if column in read:
            raise _missing(FORMULA, column)


def _missing(name: str, column: str) -> errors.DataColumnMissing:
    return errors.DataColumnMissing(
        f"{name} reads the column {column}, which the data does not have",
        found=f"no column {column}",
        allowed="data with the columns dividend and split_ratio",
    )


def short_window(name: str, needed: int, symbol: str, bars: int) -> errors.LookbackTooLong:
    """Returns the refusal of a strategy for which no symbol has enough bars."""
    return errors.LookbackTooLong(
        f"{name} needs {needed} bars, and the most it finds in the window are {bars} of {symbol}",
        found=needed,
        allowed=f"at most {bars}",
        symbol=symbol,
    )


def never_stop() -> bool:
    """Says that nobody cancels."""
    return False


def signals(
    spec: BacktestSpec,
    panel: Panel,
    periods_per_year: float,
    should_stop: Callable[[], bool] = never_stop,
    plugin_signals: Floats | None = None,
) -> Floats:
    """Returns what the strategy signals at each close.

    The signals of a panel's first steps are those of the panel cut there, bit for bit.

    Args:
        spec: Resolved.
        panel: The window's bars.
        periods_per_year: Bars of a year.
        should_stop: Asked before each symbol, and before each training of a classifier.
        plugin_signals: Those of a plug-in, which computes them outside the core.

    Returns:
        Shape (n_steps, n_symbols): the sign is a side and the size a score; NaN where there
        is no bar or no signal yet, 0 for flat.

    Raises:
        SymbolCountMismatch, SpecContradiction, DataColumnMissing, LookbackTooLong: As
            `refuse_unfit`.
        RunCancelled: `should_stop` said so.
    """
    counts = bar_counts(panel.close)
    has_dividends = panel.dividend is not None
    refuse_unfit(spec, panel.symbols, counts.tolist(), has_dividends=has_dividends)
    strategy = spec.strategy
    # The three that are no templates: their logic is elsewhere.
    if strategy.name == ORDER_LIST:
        return np.full(panel.close.shape, np.nan)
    if strategy.name == PLUGIN:
        if plugin_signals is None or plugin_signals.shape != panel.close.shape:
            raise ValueError("a plug-in's signals come as an argument, one a cell of the panel")
        return plugin_signals
    if strategy.name == FORMULA:
        from aurelius_engine.domain import formula

        return formula.signals(strategy.parameters, comparable(spec, panel), should_stop)
    run = TEMPLATES[strategy.name].signals
    return run(spec, comparable(spec, panel), periods_per_year, should_stop)
