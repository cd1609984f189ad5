"""The parity matrix: what must not change a result, crossed with what does.

Every change runs a pairwise selection: each pair of values of any two factors
occurs. `make parity-nightly` runs every specification in every environment and
through every door. docs/adr states the budget.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allpairspy import AllPairs

TEMPLATES: dict[str, dict[str, Any]] = {
    "buy_and_hold": {"buyAndHold": {}},
    "ts_momentum": {"tsMomentum": {"lookbackBars": 63}},
    "trend_following": {"trendFollowing": {"fastBars": 10, "slowBars": 20}},
    "mean_reversion": {"meanReversion": {"lookbackBars": 15, "entryZscore": 1.25}},
    "breakout": {"breakout": {"entryBars": 40, "exitBars": 15}},
    "volatility_trading": {"volatilityTrading": {"fastBars": 10, "slowBars": 60}},
    "formula": {"formula": {"text": "rank(close / ts_mean(close, 20)) - 0.5"}},
}
SIZINGS: dict[str, dict[str, Any]] = {
    "all_in": {},
    "part": {"sizing": {"equityFraction": {"ratio": 0.35}}},
    "volatility_monthly": {
        "sizing": {"volatilityTarget": {"annualVolatilityRatio": 0.2, "lookbackBars": 30}},
        "rebalance": {"schedule": "REBALANCE_SCHEDULE_MONTHLY", "toleranceRatio": 0.01},
    },
}
ORDERS: dict[str, dict[str, Any]] = {
    "market": {},
    "limits_and_guards": {
        "orders": {
            "entry": {"type": "ORDER_TYPE_LIMIT", "limitOffsetRatio": 0.005},
            "exit": {"type": "ORDER_TYPE_ON_CLOSE"},
            "bracket": {"stopLossRatio": 0.08, "takeProfitRatio": 0.2, "trailingStopRatio": 0.1},
        }
    },
    "every_cost": {
        "slippage": {
            "halfSpreadRatio": 0.0005,
            "volumeShareRatio": 0.1,
            "impactCoefficient": 0.5,
        },
        "financing": {"borrowFeeRatio": 0.02, "cashInterestRatio": 0.01},
        "limits": {"maxParticipationRatio": 0.02, "maintenanceMarginRatio": 0.3},
    },
}
COMMISSIONS: dict[str, dict[str, float]] = {
    "none": {},
    "percent": {"valueRatio": 0.002},
    "per_unit_with_minimum": {"perUnit": 0.005, "minimum": 1.0},
}
# Symbols and calendar of each bundled market.
MARKETS = ("us_one", "us_all", "ph_all")
WINDOWS: dict[str, dict[str, str]] = {
    "whole": {},
    "part": {"startTime": "2011-01-03T00:00:00Z", "endTime": "2012-12-31T00:00:00Z"},
}
FORMATS = ("csv", "parquet", "arrow")
ROW_ORDERS = ("sorted", "shuffled")
DOORS = ("grpc", "rest", "sdk")
_OLD_MACHINE = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NUMBA_CPU_NAME": "nehalem",
    "NUMBA_CPU_FEATURES": "",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
}
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "plain": {},
    "hash_seed": {"PYTHONHASHSEED": "4711"},
    "time_zone": {"TZ": "Australia/Lord_Howe", "LC_ALL": "C"},
    "threads": {"OMP_NUM_THREADS": "4", "NUMBA_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "3"},
    "old_machine": _OLD_MACHINE,
    "old_machine_everything": _OLD_MACHINE
    | {"PYTHONHASHSEED": "99", "TZ": "Asia/Manila", "OMP_NUM_THREADS": "2"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One specification over one market, and one way to get its result."""

    template: str
    direction: str
    units: str
    sizing: str
    orders: str
    commission: str
    market: str
    window: str
    file_format: str
    row_order: str
    environment: str
    door: str

    @property
    def spec(self) -> dict[str, Any]:
        """The specification's proto JSON, defaults left out."""
        return {
            "strategy": TEMPLATES[self.template],
            "calendar": "XPHS" if self.market == "ph_all" else "XNYS",
            "symbols": ["AAPL"] if self.market == "us_one" else [],
            "direction": self.direction,
            "units": self.units,
            "commission": COMMISSIONS[self.commission],
            "initialCash": 250_000,
            **SIZINGS[self.sizing],
            **ORDERS[self.orders],
            **WINDOWS[self.window],
        }


_FACTORS: dict[str, tuple[Any, ...]] = {
    "template": tuple(TEMPLATES),
    "direction": ("DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"),
    "units": ("UNITS_FRACTIONAL", "UNITS_INTEGER"),
    "sizing": tuple(SIZINGS),
    "orders": tuple(ORDERS),
    "commission": tuple(COMMISSIONS),
    "market": MARKETS,
    "window": tuple(WINDOWS),
    "file_format": FORMATS,
    "row_order": ROW_ORDERS,
    "environment": tuple(ENVIRONMENTS),
    "door": DOORS,
}
_SPEC_FACTORS = (
    "template",
    "direction",
    "units",
    "sizing",
    "orders",
    "commission",
    "market",
    "window",
)


def pairwise() -> list[Case]:
    """Returns cases in which every pair of values of any two factors occurs."""
    rows = AllPairs([list(values) for values in _FACTORS.values()])
    return [Case(**dict(zip(_FACTORS, row, strict=True))) for row in rows]


def full() -> list[Case]:
    """Returns every specification, with the ways to get its result taken in turn.

    Each specification meets each environment and each door.
    """
    ways = itertools.cycle(itertools.product(FORMATS, ROW_ORDERS))
    cases = []
    for values in itertools.product(*(_FACTORS[name] for name in _SPEC_FACTORS)):
        chosen = dict(zip(_SPEC_FACTORS, values, strict=True))
        for environment, door in zip(ENVIRONMENTS, itertools.cycle(DOORS), strict=False):
            file_format, row_order = next(ways)
            cases.append(
                Case(
                    **chosen,
                    file_format=file_format,
                    row_order=row_order,
                    environment=environment,
                    door=door,
                )
            )
    return cases


def uncovered(cases: Iterable[Case]) -> set[tuple[str, Any, str, Any]]:
    """Returns the pairs of values that no case has."""
    wanted = {
        (a, x, b, y)
        for a, b in itertools.combinations(_FACTORS, 2)
        for x in _FACTORS[a]
        for y in _FACTORS[b]
    }
    met = {
        (a, getattr(case, a), b, getattr(case, b))
        for case in cases
        for a, b in itertools.combinations(_FACTORS, 2)
    }
    return wanted - met
