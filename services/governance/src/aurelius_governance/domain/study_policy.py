"""What the gate `crv` demands of each study: its terms, its checks and their bounds.

This is the only place: the engine is asked with these terms, and what it answers is compared
with them. docs/specs/gates.md section 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aurelius_governance.domain.canonical_json import JsonValue

LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL = "LESS_OR_EQUAL", "GREATER", "GREATER_OR_EQUAL"
# A search of fewer points chooses nothing.
LEAST_POINTS = 2
# What a search is judged by. With another objective its owner could have any point chosen.
OBJECTIVE: Mapping[str, JsonValue] = {
    "metricId": "sharpe_ratio",
    "direction": "DIRECTION_MAXIMIZE",
    "metricConstraints": [],
}
_NONE = (LESS_OR_EQUAL, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPolicy:
    """What one study has to be.

    Attributes:
        key: The study in proto JSON.
        terms: Its fields there, every default written out.
        owned: The fields that its owner chooses.
        blockers: By check id, the comparison that it has to have, and the bound: a number, or
            the term that has it.
    """

    key: str
    terms: Mapping[str, JsonValue]
    blockers: Mapping[str, tuple[str, float | str]]
    owned: frozenset[str] = field(default=frozenset())

    def bound(self, check: str) -> tuple[str, object]:
        """Returns the comparison and the bound of a check."""
        comparison, bound = self.blockers[check]
        return comparison, self.terms[bound] if isinstance(bound, str) else bound

    @property
    def is_search(self) -> bool:
        """Whether it is of a run whose owner says what it was chosen from."""
        return "space" in self.owned


# The studies of the gate `crv` that need no word of the owner.
STUDIES: Mapping[str, StudyPolicy] = {
    "run_checks": StudyPolicy(
        key="runChecks",
        terms={
            "maxDrawdownRatio": 0.5,
            "maxLeverageRatio": 2.0,
            "maxConcentrationRatio": 1.0,
            "maxAnnualTurnoverRatio": 100.0,
            "maxSharpe": 4.0,
            "minTradeCount": 30,
            "minBarCount": 250,
        },
        blockers={
            "run_checks.fills_inside_bar": _NONE,
            "run_checks.fills_within_volume": _NONE,
            "run_checks.fills_after_decision": _NONE,
            "run_checks.orders_accounted": _NONE,
            "run_checks.accounts": _NONE,
            "run_checks.profits_reconcile": _NONE,
            "run_checks.metrics_recomputed": _NONE,
            "run_checks.drawdown": (LESS_OR_EQUAL, "maxDrawdownRatio"),
            "run_checks.leverage": (LESS_OR_EQUAL, "maxLeverageRatio"),
            "run_checks.turnover": (LESS_OR_EQUAL, "maxAnnualTurnoverRatio"),
            "run_checks.concentration": (LESS_OR_EQUAL, "maxConcentrationRatio"),
            "run_checks.bars": (GREATER_OR_EQUAL, "minBarCount"),
            "run_checks.sharpe_believable": (LESS_OR_EQUAL, "maxSharpe"),
            "run_checks.data_class": _NONE,
            "run_checks.data_quality": _NONE,
            "run_checks.survivorship": _NONE,
        },
    ),
    "look_ahead_proof": StudyPolicy(
        key="lookAheadProof",
        terms={"sampleCount": 8, "startCount": 4, "targetToleranceRatio": 1e-6},
        blockers={
            "look_ahead.equal": _NONE,
            "look_ahead.fills_later": _NONE,
            "look_ahead.warm_up_stable": _NONE,
            "look_ahead.adjustment_blind": _NONE,
        },
    ),
    "robustness": StudyPolicy(
        key="robustness",
        terms={
            "costMultiples": [],
            "startCount": 10,
            "startStepBars": 5,
            "minBreakEvenMultiple": 2.0,
            "minNeighbourRatio": 0.5,
            "maxStartSpreadRatio": 0.5,
        },
        blockers={"robustness.break_even_cost": (GREATER_OR_EQUAL, "minBreakEvenMultiple")},
    ),
    "bootstrap": StudyPolicy(
        key="bootstrap",
        terms={
            "metricIds": [],
            "resampleCount": 1000,
            "meanBlockBars": 0,
            "confidenceRatio": 0.95,
            "minSharpeBound": 0.0,
        },
        blockers={"bootstrap.sharpe_bound": (GREATER, "minSharpeBound")},
    ),
    "execution_ambiguity": StudyPolicy(
        key="executionAmbiguity",
        terms={"metricIds": [], "worstEnds": [], "maxSharpeDistance": 0.5},
        blockers={
            "execution_ambiguity.lowest_sharpe_ratio": (GREATER, 0.0),
            "execution_ambiguity.sharpe_distance": (LESS_OR_EQUAL, "maxSharpeDistance"),
        },
    ),
}
# Those of a search: its owner names the points and how the data is cut.
SEARCHES: Mapping[str, StudyPolicy] = {
    "walk_forward": StudyPolicy(
        key="walkForward",
        owned=frozenset({"space", "scheme", "trainBars", "testBars", "purgeBars", "embargoBars"}),
        terms={
            "minWindowCount": 5,
            "minTrainTradeCount": 0,
            "minEfficiencyRatio": 0.5,
            "minProfitableWindowRatio": 0.5,
            "minOutOfSampleSharpe": 0.0,
            "maxBestWindowShareRatio": 0.7,
        },
        blockers={
            "walk_forward.out_of_sample_sharpe": (GREATER, "minOutOfSampleSharpe"),
            "walk_forward.weaker_half": (GREATER, "minOutOfSampleSharpe"),
            "walk_forward.weaker_half_of_data": (GREATER, "minOutOfSampleSharpe"),
            "walk_forward.efficiency": (GREATER_OR_EQUAL, "minEfficiencyRatio"),
            "walk_forward.profitable_windows": (GREATER_OR_EQUAL, "minProfitableWindowRatio"),
            "walk_forward.best_window": (LESS_OR_EQUAL, "maxBestWindowShareRatio"),
        },
    ),
    "cross_validation": StudyPolicy(
        key="crossValidation",
        owned=frozenset({"space", "purgeBars", "embargoBars"}),
        terms={
            "groupCount": 10,
            "testGroupCount": 2,
            "partitionCount": 16,
            "maxOverfittingRatio": 0.5,
            "minPathSharpe": 0.0,
        },
        blockers={
            "cross_validation.overfitting_probability": (LESS_OR_EQUAL, "maxOverfittingRatio"),
            "cross_validation.median_path_sharpe": (GREATER, "minPathSharpe"),
        },
    ),
}
POLICY: Mapping[str, StudyPolicy] = {**STUDIES, **SEARCHES}


def excused(spec: JsonValue, adjustment: str) -> frozenset[str]:
    """Returns the checks that cannot be asked of a run.

    Args:
        spec: The proto JSON of its specification.
        adjustment: Of its data, as the provenance has it.
    """
    strategy = spec.get("strategy") if isinstance(spec, Mapping) else None
    if isinstance(strategy, Mapping) and "orderList" in strategy:
        return frozenset({"look_ahead.warm_up_stable", "look_ahead.adjustment_blind"})
    if adjustment == "ADJUSTMENT_RAW":
        return frozenset({"look_ahead.adjustment_blind"})
    return frozenset()


def other_terms(study: str, document: JsonValue) -> str:
    """Returns what a study has that the policy does not ask for; empty if there is nothing.

    Args:
        study: Its name.
        document: The proto JSON of its specification, with the base.
    """
    policy = POLICY[study]
    stated = document.get(policy.key) if isinstance(document, Mapping) else None
    if not isinstance(stated, Mapping):
        return f"no terms of {study}"
    for name in sorted({*policy.terms, *stated} - policy.owned):
        if name not in policy.terms or name not in stated or stated[name] != policy.terms[name]:
            return f"other terms: {name} is {stated.get(name, 'absent')}"
    if policy.is_search:
        space = stated.get("space")
        objective = space.get("objective") if isinstance(space, Mapping) else None
        if objective != OBJECTIVE:
            return f"other terms: the objective is {objective}"
    return ""
