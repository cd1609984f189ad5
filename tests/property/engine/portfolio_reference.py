"""Sizing and rebalancing once more, from the definitions in docs/explanation/sizing.md.

Slow, plain, and of another build: each target is worked out from the bars up to its
step alone, moments in rational numbers.
"""

import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from aurelius_engine.domain.core.codes import GTC, MARKET, STOPS_FIRST
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import (
    BacktestSpec,
    Bracket,
    Choice,
    Commission,
    Financing,
    Limits,
    OrderPlan,
    Rebalance,
    Slippage,
)

DAY = 86_400_000_000_000
NO_RISK = 2.0**-40
FRESH = {"WEEK": 21 * DAY, "MONTH": 93 * DAY}
_PLAN = OrderPlan(kind=MARKET, time_in_force=GTC, limit_offset_ratio=0.0, stop_offset_ratio=0.0)


def spec_of(
    sizing: str,
    *,
    schedule: str = "ON_CHANGE",
    interval: int = 1,
    long_short: bool = False,
    bar_interval: str = "DAY",
    actions_applied: bool = False,
    **parameters: object,
) -> BacktestSpec:
    """Returns a specification of which only the sizing and its schedule matter."""
    none = math.inf
    return BacktestSpec(
        strategy=Choice(name="buyAndHold", parameters={}),
        sizing=Choice(name=sizing, parameters=parameters),
        rebalance=Rebalance(schedule=schedule, interval_bars=interval, tolerance_ratio=0.0),
        entry=_PLAN,
        exit=_PLAN,
        bracket=Bracket(),
        symbols=(),
        benchmark_symbol="",
        start_ns=None,
        end_ns=None,
        warm_up_bars=0,
        calendar="24/7",
        calendar_version="exchange_calendars 4.13.2",
        bar_interval=bar_interval,
        bars_per_session=0.0,
        initial_cash=1.0,
        long_short=long_short,
        lot_size=0.0,
        tick_size=0.0,
        same_close=False,
        intrabar_path=STOPS_FIRST,
        quote_levels=0,
        actions_applied=actions_applied,
        commission=Commission(value_ratio=0.0, per_unit=0.0, minimum=0.0, per_order=0.0, tiers=()),
        slippage=Slippage(
            half_spread_ratio=0.0,
            fixed_ratio=0.0,
            volume_share_ratio=0.0,
            impact_coefficient=0.0,
            impact_lookback_bars=20,
        ),
        financing=Financing(
            borrow_fee_ratio=0.0, margin_interest_ratio=0.0, cash_interest_ratio=0.0
        ),
        limits=Limits(
            max_gross_ratio=1.0,
            max_net_ratio=none,
            max_position_ratio=none,
            maintenance_margin_ratio=0.0,
            max_participation_ratio=none,
        ),
        risk_free_ratio=0.0,
    )


class Reference:
    """One run's targets."""

    def __init__(
        self,
        spec: BacktestSpec,
        panel: Panel,
        signals: list[list[float]],
        periods_per_year: float,
    ) -> None:
        """Takes what `decisions` takes, signals as rows."""
        self.spec, self.signals, self.periods = spec, signals, periods_per_year
        self.times, self.close = panel.times.tolist(), panel.close.tolist()
        self.steps, self.symbols = range(len(self.times)), range(len(panel.symbols))
        self.fresh = FRESH.get(spec.bar_interval, 14 * DAY)
        self.fields = spec.sizing.parameters

    def targets(self) -> dict[tuple[int, int], float]:
        """Returns every target by (step, symbol)."""
        on_change = self.spec.rebalance.schedule == "ON_CHANGE"
        due = set(self.steps) if on_change else self.due()
        told: dict[int, float] = {}
        found: dict[tuple[int, int], float] = {}
        for t in sorted(due):
            for j in self.symbols:
                if not self.has_bar(t, j) or (on_change and not self.asks(t, j, told)):
                    continue
                target = self.target(t, j)
                if target != 0.0 or j in told:
                    told[j] = found[t, j] = target
        return found

    def due(self) -> set[int]:
        first = next(
            (t for t in self.steps if any(not math.isnan(x) for x in self.signals[t])), None
        )
        if first is None:
            return set()
        if self.spec.rebalance.schedule == "EVERY_BARS":
            return set(range(first, len(self.times), self.spec.rebalance.interval_bars))
        return {
            t
            for t in self.steps
            if t == first or (t > first and self.period(t) != self.period(t - 1))
        }

    def period(self, t: int) -> tuple[int, int]:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.times[t] // 1000)
        if self.spec.rebalance.schedule == "WEEKLY":
            year, week, _ = moment.isocalendar()
            return year, week
        return moment.year, moment.month

    def asks(self, t: int, j: int, told: dict[int, float]) -> bool:
        """Whether ON_CHANGE decides for a symbol with a bar."""
        if self.spec.sizing.name in ("rank", "signalWeights"):
            target, last = self.target(t, j), told.get(j, 0.0)
            return abs(target - last) > NO_RISK * max(abs(target), abs(last))
        if self.spec.sizing.name in ("equalWeight", "inverseVolatility"):
            any_moved = any(self.moved(t, k) for k in self.symbols)
            return any_moved and (self.moved(t, j) or self.side(t, j) != 0)
        return self.moved(t, j)

    def moved(self, t: int, j: int) -> bool:
        if not self.has_bar(t, j):
            return False
        before = self.last_bar(t - 1, j)
        return self.side(t, j) != (0 if before is None else self.side(before, j))

    def has_bar(self, t: int, j: int) -> bool:
        return not math.isnan(self.close[t][j])

    def last_bar(self, t: int, j: int) -> int | None:
        return next((s for s in range(t, -1, -1) if self.has_bar(s, j)), None)

    def signal(self, t: int, j: int) -> float | None:
        """The signal of a bar, after the direction; None for none."""
        value = self.signals[t][j]
        if math.isnan(value):
            return None
        return value if self.spec.long_short else max(value, 0.0)

    def side(self, t: int, j: int) -> int:
        value = self.signal(t, j) or 0.0
        if "lookbackBars" in self.fields and self.moments(t, j) is None:
            return 0
        return (value > 0) - (value < 0)

    def standing(self, t: int, j: int) -> int | None:
        """The bar that a symbol counts with."""
        bar = self.last_bar(t, j)
        return None if bar is None or self.times[t] - self.times[bar] > self.fresh else bar

    def moments(self, t: int, j: int) -> tuple[Fraction, Fraction] | None:
        bars = [s for s in range(t + 1) if self.has_bar(s, j)][-self.fields["lookbackBars"] - 1 :]
        if len(bars) <= self.fields["lookbackBars"]:
            return None
        closes = [self.close[s][j] for s in bars]
        pairs = zip(closes[1:], closes[:-1], strict=True)
        returns = [Fraction(later / earlier - 1.0) for later, earlier in pairs]
        mean = sum(returns) / len(returns)
        return mean, sum((x - mean) ** 2 for x in returns) / (len(returns) - 1)

    def size(self, t: int, j: int) -> float:
        """The size of a symbol with a side before it is shared."""
        if self.spec.sizing.name == "equalWeight":
            return 1.0
        moments = self.moments(t, j)
        assert moments is not None
        mean, variance = moments
        deviation = math.sqrt(variance)
        if deviation <= NO_RISK:
            return 0.0
        if self.spec.sizing.name == "inverseVolatility":
            return 1.0 / deviation
        if self.spec.sizing.name == "volatilityTarget":
            annual = deviation * math.sqrt(self.periods)
            return min(self.fields["annualVolatilityRatio"] / annual, self.fields["maxRatio"])
        edge = self.side(t, j) * mean
        kelly = float(Fraction(self.fields["fraction"]) * edge / variance)
        return min(max(kelly, 0.0), self.fields["maxRatio"])

    def target(self, t: int, j: int) -> float:
        name, fields, count = self.spec.sizing.name, self.fields, len(self.symbols)
        if name == "rank":
            return self.rank_target(t, j)
        if name == "signalWeights":
            return self.weight_target(t, j)
        side = self.side(t, j)
        if name == "fixedUnits":
            return side * fields["units"]
        if name == "equityFraction":
            return side * fields["ratio"] / count
        if side == 0:
            return 0.0
        if name in ("volatilityTarget", "kellyFraction"):
            return side * self.size(t, j) / count
        bars = [(self.standing(t, k), k) for k in self.symbols]
        sides = [(bar, k) for bar, k in bars if bar is not None and self.side(bar, k) != 0]
        total = math.fsum(self.size(bar, k) for bar, k in sides)
        return side * fields["grossRatio"] * self.size(t, j) / total if total > 0 else 0.0

    def rank_target(self, t: int, j: int) -> float:
        top, bottom = self.fields["topCount"], self.fields["bottomCount"]
        ranked = [
            (self.signals[t][k], k) for k in self.symbols if not math.isnan(self.signals[t][k])
        ]
        highest = [k for _, k in sorted(ranked, key=lambda pair: (-pair[0], pair[1]))][:top]
        lowest = [k for _, k in sorted(ranked) if k not in highest][:bottom]
        share = self.fields["grossRatio"] / (top + bottom)
        return share if j in highest else -share if j in lowest else 0.0

    def weight_target(self, t: int, j: int) -> float:
        bars = [(self.standing(t, k), k) for k in self.symbols]
        scores = {
            k: Fraction(value)
            for bar, k in bars
            if bar is not None
            and (value := self.signal(bar, k)) is not None
            and math.isfinite(value)
        }
        kind = self.fields["normalisation"]
        if j not in scores:
            return 0.0
        if kind == "NORMALISATION_NONE":
            return float(scores[j])
        if kind == "NORMALISATION_DOLLAR_NEUTRAL":
            largest = max(abs(score) for score in scores.values())
            mean = sum(scores.values()) / len(scores)
            level = largest * Fraction(NO_RISK)
            scores = {
                k: s - mean if abs(s - mean) > level else Fraction() for k, s in scores.items()
            }
        total = sum(abs(score) for score in scores.values())
        return float(Fraction(self.fields["grossRatio"]) * scores[j] / total) if total else 0.0
