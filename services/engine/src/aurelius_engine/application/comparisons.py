"""Two sealed runs compared: what of their identities differs, and what moved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aurelius_engine.application.artifacts import Artifacts
from aurelius_engine.application.backtests import Backtests
from aurelius_engine.application.errors import RunNotSealed, TiersDiffer
from aurelius_engine.application.records import MetricOutcome, ResultSummary, Run, RunState
from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.divergence import Difference, first_difference
from aurelius_engine.domain.results import Table

_IDENTITY = ("specHash", "dataHash", "seed", "engineVersion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that differs, by path. A side that has none is an empty text."""

    path: str
    left: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs between two runs. `difference` is None if their results are equal."""

    identity: tuple[Change, ...]
    spec: tuple[Change, ...]
    difference: Difference | None
    metrics: tuple[Change, ...]


class Comparisons:
    """Compares sealed runs."""

    def __init__(self, backtests: Backtests, artifacts: Artifacts) -> None:
        """Takes where runs and their verified tables are."""
        self._backtests, self._artifacts = backtests, artifacts

    def compare(
        self, left_name: str, right_name: str, *, allow_cross_tier: bool = False
    ) -> Comparison:
        """Compares two runs.

        Args:
            left_name: `runs/{run}`.
            right_name: `runs/{run}`.
            allow_cross_tier: Whether their fills may be of different tiers.

        Raises:
            RunNotFound: There is none of a name.
            RunNotSealed: One has no result.
            TiersDiffer: Their fills are of different tiers, unasked.
            ObjectDamaged: A stored record or table fails its digest.
        """
        left, right = self._backtests.get(left_name), self._backtests.get(right_name)
        mine, theirs = _result(left), _result(right)
        if not allow_cross_tier:
            _refuse_other_tier(left, right)
        difference = None
        if mine.result_digest != theirs.result_digest:
            difference = first_difference(self._tables(left), self._tables(right))
        a, b = left.identity.document(), right.identity.document()
        return Comparison(
            identity=tuple(
                Change(path=part, left=str(a[part]), right=str(b[part]))
                for part in _IDENTITY
                if a[part] != b[part]
            ),
            spec=tuple(_changes(dict(_leaves(left.document)), dict(_leaves(right.document)))),
            difference=difference,
            metrics=tuple(_changes(_outcomes(mine.metrics), _outcomes(theirs.metrics))),
        )

    def _tables(self, run: Run) -> Mapping[str, Table]:
        return {
            artifact.id: self._artifacts.table(artifact.name)
            for artifact in self._artifacts.list(run.name)
        }


def _result(run: Run) -> ResultSummary:
    if run.summary is None:
        raise RunNotSealed(
            f"{run.name} is {run.state.value}, only sealed runs are compared",
            found=run.state.value,
            allowed=RunState.SEALED.value,
        )
    return run.summary


def _refuse_other_tier(left: Run, right: Run) -> None:
    """execution.md 12.7: what a quote or a book costs is in the numbers of one alone."""
    found, allowed = (str(run.document["fillSource"]) for run in (right, left))
    if found != allowed:
        raise TiersDiffer(
            f"{left.name} has {allowed} and {right.name} has {found}: allow_cross_tier is not set",
            found=found,
            allowed=allowed,
        )


def _changes(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[Change]:
    for path in sorted(left.keys() | right.keys()):
        a, b = left.get(path, ""), right.get(path, "")
        if a != b:
            yield Change(path=path, left=a, right=b)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yields each value of a document that holds no other, by its path, as canonical JSON."""
    inner: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        inner = [(f"{path}.{name}" if path else str(name), item) for name, item in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[{place}]", item) for place, item in enumerate(value)]
    if not inner:
        yield path, canonical_json(value).decode()
    for place, item in inner:
        yield from _leaves(item, place)


def _outcomes(metrics: Sequence[MetricOutcome]) -> dict[str, str]:
    return {
        metric.metric_id: metric.undefined_reason
        if metric.value is None
        else canonical_json(metric.value).decode()
        for metric in metrics
    }
