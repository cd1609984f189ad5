"""What a sealed run states of itself, beside what its downloaded artifacts say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from aurelius_governance.domain import canonical_json
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.table_hash import Column, ColumnType

_TEXT_MAX_CHARS = 120
_NOTHING = "nothing"
_METRIC_COLUMNS = (
    ("metric_id", ColumnType.STRING),
    ("version", ColumnType.INT64),
    ("unit", ColumnType.STRING),
    ("value", ColumnType.FLOAT64),
    ("undefined_reason", ColumnType.STRING),
)
# Strategies whose code or training nobody vouches for.
_EXPERIMENTAL = frozenset(("mlClassifier", "plugin"))
# A rate or an amount below it counts as none.
_COUNTS_FROM = 1e-6
_COMMISSION = ("valueRatio", "perUnit", "minimum", "perOrder")
_TIER_RATES = ("valueRatio", "perUnit")
# The look-back of the impact alone moves no price.
_SLIPPAGE = ("halfSpreadRatio", "fixedRatio", "volumeShareRatio", "impactCoefficient")
# What nobody would assume to look better.
_UNASSUMED_PATHS = ("INTRABAR_PATH_STOPS_FIRST", "INTRABAR_PATH_ADVERSE")
_WITHOUT_SLIPPAGE = ("ORDER_TYPE_LIMIT", "ORDER_TYPE_STOP_LIMIT")
# What pays the spread of a quote where fills are of quotes or the book.
_QUOTED = ("ORDER_TYPE_MARKET", "ORDER_TYPE_ON_OPEN")
_TIERS = {"FILL_SOURCE_QUOTES": "tier_2_fills", "FILL_SOURCE_BOOK": "tier_3_fills"}
_Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedMetric:
    """One metric: a finite value, or why there is none."""

    metric_id: str
    version: int
    unit: str
    value: float | None
    undefined_reason: str

    @property
    def well_formed(self) -> bool:
        """Whether there is exactly one of a finite value and a reason."""
        if self.value is None:
            return self.undefined_reason != ""
        return math.isfinite(self.value) and self.undefined_reason == ""

    @property
    def outcome(self) -> str:
        """The value or the reason; two outcomes have one text only if they are the same."""
        undefined = f"undefined, {self.undefined_reason}"
        if self.value is None:
            return undefined if self.undefined_reason else _NOTHING
        return f"{self.value!r} and {undefined}" if self.undefined_reason else repr(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedArtifact:
    """One artifact by its id, its digest and the rows of its table."""

    part: str
    digest: str
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedResult:
    """A run with its result.

    `backtest` is the name of the run; `run` is the one that its result repeats.
    """

    backtest: str
    run: str
    identity: RunIdentity
    result_digest: str
    artifacts: Sequence[StatedArtifact]
    metrics: Sequence[StatedMetric]
    labels: Sequence[str]

    @property
    def digest(self) -> str:
        """The digest of everything that is stated: docs/specs/ledger.md section 2.4."""
        facts: list[JsonValue] = [[fact, text] for fact, text in self.facts()]
        return canonical_json.digest(b"aurelius.stated-result.v1\n", canonical_json.encode(facts))

    def facts(self) -> _Facts:
        """Returns each fact with its text, in order; equal exactly if the results are."""
        facts = [
            ("name", self.backtest),
            ("run", self.run),
            ("spec_hash", self.identity.spec_hash),
            ("data_hash", self.identity.data_hash),
            ("seed", str(self.identity.seed)),
            ("engine_version", self.identity.engine_version),
        ]
        for metric in self.metrics:
            facts += [
                (f"metric {metric.metric_id}", metric.outcome),
                (f"metric {metric.metric_id} version", str(metric.version)),
                (f"metric {metric.metric_id} unit", metric.unit),
            ]
        for artifact in self.artifacts:
            facts += [
                (f"artifact {artifact.part} digest", artifact.digest),
                (f"artifact {artifact.part} row_count", str(artifact.row_count)),
            ]
        facts.append(("result_digest", self.result_digest))
        facts += [(f"label {label}", "stated") for label in self.labels]
        return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDifference:
    """The first fact that is stated otherwise than the artifacts say it."""

    fact: str
    stated: str
    derived: str

    def __str__(self) -> str:
        """One sentence, with long texts cut."""
        return (
            f"First difference: {self.fact[:_TEXT_MAX_CHARS]}:"
            f" stated {self.stated[:_TEXT_MAX_CHARS]},"
            f" in the artifacts {self.derived[:_TEXT_MAX_CHARS]}."
        )


def first_difference(stated: StatedResult, derived: StatedResult) -> StatedDifference | None:
    """Returns where a statement departs from what was derived; None if nowhere."""
    if not derived.metrics:
        found = f"{len(stated.metrics)} metrics"
        return StatedDifference(fact="metrics", stated=found, derived="none that can be read")
    said, known = stated.facts(), derived.facts()
    for left, right in zip_longest(said, known):
        if left != right:
            return _difference(left, right, said=dict(said), known=dict(known))
    for metric in derived.metrics:
        if not metric.well_formed:
            fact = f"metric {metric.metric_id}"
            wrong = f"{metric.outcome}, not one of a finite value and a reason"
            return StatedDifference(fact=fact, stated=metric.outcome, derived=wrong)
    return None


def metrics_of(columns: Sequence[Column]) -> Sequence[StatedMetric]:
    """Returns the metrics of the artifact `metrics`; none if it is no table of metrics."""
    if tuple((column.name, column.type) for column in columns) != _METRIC_COLUMNS:
        return ()
    rows = zip(*(column.values for column in columns), strict=True)
    return [
        StatedMetric(
            metric_id=str(metric_id),
            version=int(version),
            unit=str(unit),
            value=None if math.isnan(float(value)) else float(value),
            undefined_reason=str(reason),
        )
        for metric_id, version, unit, value, reason in rows
    ]


def labels_of(spec_document: JsonValue) -> Sequence[str]:
    """Returns the labels that follow from a resolved specification, sorted."""
    spec = _object(spec_document)
    limits, financing = _object(spec.get("limits")), _object(spec.get("financing"))
    shorts = spec.get("direction") == "DIRECTION_LONG_SHORT"
    owes = shorts or _number(limits.get("maxGrossRatio")) > 1.0
    no_margin = not _counts(limits, "maintenanceMarginRatio")
    commission = _object(spec.get("commission"))
    tier = _TIERS.get(str(spec.get("fillSource")))
    slips = _counts(_object(spec.get("slippage")), *_SLIPPAGE)
    found = {
        "assumed_intrabar_path": spec.get("intrabarPath") not in _UNASSUMED_PATHS,
        "corporate_actions_not_applied": spec.get("corporateActions")
        != "CORPORATE_ACTIONS_APPLIED",
        "experimental": not _EXPERIMENTAL.isdisjoint(_object(spec.get("strategy"))),
        "listed_orders": "orderList" in _object(spec.get("strategy")),
        "no_margin_call": owes and no_margin,
        "risk_free_below_cash": _number(spec.get("riskFreeRatio"))
        < _number(financing.get("cashInterestRatio")),
        "same_close_fill": spec.get("fillRule") == "FILL_RULE_SAME_CLOSE",
        **{label: label == tier for label in _TIERS.values()},
        "volume_ignored": "maxParticipationRatio" not in limits,
        "zero_borrow_fee": shorts and not _counts(financing, "borrowFeeRatio"),
        "zero_commission": not _counts(commission, *_COMMISSION)
        and not any(
            _counts(_object(tier), *_TIER_RATES) for tier in _list(commission.get("tiers"))
        ),
        "zero_margin_interest": owes and not _counts(financing, "marginInterestRatio"),
        "zero_slippage": not any(_pays(kind, slips, tier) for kind in _order_types(spec)),
    }
    return sorted(label for label, holds in found.items() if holds)


def _order_types(spec: Mapping[str, JsonValue]) -> Sequence[JsonValue]:
    """Returns the types of the orders that a specification's strategy sends."""
    blotter = _object(spec.get("strategy")).get("orderList")
    if blotter is not None:
        return [_object(order).get("type") for order in _list(_object(blotter).get("orders"))]
    plans = _object(spec.get("orders"))
    return [_object(plans.get(part)).get("type") for part in ("entry", "exit")]


def _pays(kind: JsonValue, slips: bool, tier: str | None) -> bool:
    """Whether orders of a type pay slippage, or the spread of a quote."""
    return kind not in _WITHOUT_SLIPPAGE if slips else tier is not None and kind in _QUOTED


def _counts(costs: Mapping[str, JsonValue], *parts: str) -> bool:
    """Whether one of some costs is so large that a result can show it; execution.md 6.6."""
    return any(_number(costs.get(part)) >= _COUNTS_FROM for part in parts)


def _number(value: JsonValue) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _list(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, list | tuple) else ()


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}


def _difference(
    left: tuple[str, str] | None,
    right: tuple[str, str] | None,
    *,
    said: Mapping[str, str],
    known: Mapping[str, str],
) -> StatedDifference:
    """Names the first place in which two lists of facts differ."""
    if right is not None and right[0] not in said:
        return StatedDifference(fact=right[0], stated=_NOTHING, derived=right[1])
    if left is not None and left[0] not in known:
        return StatedDifference(fact=left[0], stated=left[1], derived=_NOTHING)
    if left is not None and right is not None and left[0] == right[0]:
        return StatedDifference(fact=left[0], stated=left[1], derived=right[1])
    return StatedDifference(
        fact="order",
        stated=left[0] if left else "its end",
        derived=right[0] if right else "their end",
    )
