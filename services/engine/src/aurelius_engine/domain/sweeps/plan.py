"""A sweep's specification as frozen types, parsed from its canonical document."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aurelius_engine.domain.canonical_json import Json
from aurelius_engine.domain.errors import (
    SweepMetricUnknown,
    SweepParameterInvalid,
    SweepSpaceInvalid,
)
from aurelius_engine.domain.sweeps.objective import Bound, EarlyStop, Objective
from aurelius_engine.domain.sweeps.samplers import trial_count
from aurelius_engine.domain.sweeps.space import (
    Domain,
    FloatParts,
    FloatSteps,
    IntRange,
    Listed,
    Parameter,
    Relation,
    SearchSpace,
    refuse_unrelatable,
)
from aurelius_engine.domain.trial_log import SHARPE

METHODS = ("grid", "random", "sobol", "bayesian")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """What is searched, how, and for what.

    `limit` is how many trials there are to be, None for all points of a grid;
    `batch_size` and `startup_count` belong to the method `bayesian`. `metric_ids` are
    those kept of each trial, the objective's first.
    """

    base: Mapping[str, Json]
    space: SearchSpace
    method: str
    limit: int | None
    batch_size: int
    startup_count: int
    objective: Objective
    early_stop: EarlyStop
    metric_ids: tuple[str, ...]

    @property
    def total_count(self) -> int:
        """How many trials there are to be, if nothing ends the sweep before."""
        return trial_count(self.space) if self.limit is None else self.limit


def plan_from_document(document: Mapping[str, Any], known_metrics: Collection[str]) -> SweepPlan:
    """Parses a resolved document: every default is already written out.

    Args:
        document: Proto JSON of SweepSpec; listed values are as the base would have them.
        known_metrics: The ids of the registry.

    Raises:
        SweepParameterInvalid: A parameter is given twice, or a relation is of none.
        SweepSpaceInvalid: The grid is none, too large or empty.
        SweepMetricUnknown: A metric is not in the registry.
    """
    space = _space(document)
    method = next(name for name in METHODS if name in document)
    chosen = document[method]
    stop = document.get("earlyStop", {})
    plan = SweepPlan(
        base=document["base"],
        space=space,
        method=method,
        limit=None if method == "grid" else int(chosen["trialCount"]),
        batch_size=int(chosen.get("batchSize", 0)),
        startup_count=int(chosen.get("startupTrialCount", 0)),
        objective=_objective(document["objective"]),
        early_stop=EarlyStop(
            patience=int(stop.get("patienceTrialCount", 0)),
            target=None if "target" not in stop else float(stop["target"]),
        ),
        metric_ids=_known(kept_metrics(document), known_metrics),
    )
    if plan.total_count == 0:
        raise SweepSpaceInvalid(
            "no point keeps the constraints between parameters", found=0, allowed="at least 1 point"
        )
    return plan


def planned_count(document: Mapping[str, Any]) -> int:
    """Returns how many points a search of a resolved document tries, if nothing ends it before.

    Args:
        document: Proto JSON of SweepSpec, or of the SearchSpace of a study.

    Raises:
        SweepParameterInvalid: A parameter is given twice, or a relation is of none.
        SweepSpaceInvalid: The grid is none, too large or empty.
    """
    method = next(name for name in METHODS if name in document)
    space = _space(document)
    return trial_count(space) if method == "grid" else int(document[method]["trialCount"])


def _space(document: Mapping[str, Any]) -> SearchSpace:
    parameters = tuple(
        Parameter(path=entry["path"], domain=_domain(entry)) for entry in document["parameters"]
    )
    _refuse_overlaps([parameter.path for parameter in parameters])
    places = {parameter.path: place for place, parameter in enumerate(parameters)}
    relations = tuple(_relation(entry, places) for entry in document["parameterConstraints"])
    space = SearchSpace(parameters=parameters, relations=relations)
    refuse_unrelatable(space)
    return space


def _domain(entry: Mapping[str, Any]) -> Domain:
    if "intRange" in entry:
        whole = entry["intRange"]
        return IntRange(
            lower=int(whole["lower"]), upper=int(whole["upper"]), step=int(whole["step"])
        )
    if "valueList" in entry:
        return Listed(values=tuple(entry["valueList"]["values"]))
    part = entry["floatRange"]
    lower, upper = float(part["lower"]) + 0.0, float(part["upper"]) + 0.0
    if "step" in part:
        return FloatSteps(lower=lower, upper=upper, step=float(part["step"]))
    return FloatParts(lower=lower, upper=upper, logarithmic=part["scale"] == "RANGE_SCALE_LOG")


def _refuse_overlaps(paths: list[str]) -> None:
    for place, path in enumerate(paths):
        for other in paths[:place]:
            if f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}."):
                raise SweepParameterInvalid(
                    "two parameters vary one field",
                    found=f"{other}, {path}",
                    allowed="paths of which none begins with another",
                )


def _relation(entry: Mapping[str, Any], places: Mapping[str, int]) -> Relation:
    for name in ("leftPath", "rightPath"):
        if name in entry and entry[name] not in places:
            raise SweepParameterInvalid(
                "a constraint compares what is no parameter of the sweep",
                found=entry[name],
                allowed=", ".join(places),  # core-check: allow dict_order: in a message alone
            )
    right = entry.get("rightPath")
    return Relation(
        left=places[entry["leftPath"]],
        comparison=_comparison(entry),
        right=None if right is None else places[right],
        number=float(entry.get("rightValue", 0.0)),
    )


def _comparison(entry: Mapping[str, Any]) -> str:
    return str(entry["comparison"]).removeprefix("COMPARISON_")


def _objective(entry: Mapping[str, Any]) -> Objective:
    return Objective(
        metric_id=entry["metricId"],
        maximizes=entry["direction"] == "DIRECTION_MAXIMIZE",
        bounds=tuple(
            Bound(
                metric_id=bound["metricId"],
                comparison=_comparison(bound),
                bound=float(bound["bound"]),
            )
            for bound in entry["metricConstraints"]
        ),
    )


def kept_metrics(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the metrics that each trial of a document keeps, the objective's first.

    The Sharpe ratio is always among them: docs/specs/trial_ledger.md.
    """
    objective = document["objective"]
    bounds = [bound["metricId"] for bound in objective["metricConstraints"]]
    asked = [objective["metricId"], *bounds, *document["metricIds"], SHARPE]
    return tuple(dict.fromkeys(asked))


def _known(names: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            raise SweepMetricUnknown(
                f"the registry has no metric {name}", found=name, allowed=", ".join(known)
            )
    return names
