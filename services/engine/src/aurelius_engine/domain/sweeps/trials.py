"""The trials of a sweep: what is kept of each, and the table that all of them make."""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from aurelius_engine.domain.canonical_json import Json, canonical_json
from aurelius_engine.domain.sweeps.space import FloatParts, FloatSteps, IntRange, Parameter, Values
from aurelius_engine.domain.table_hash import Column, string_column

Table = tuple[Column, ...]
Outcome = float | str
_CANONICAL_NAN = struct.pack("<Q", 0x7FF8000000000000)


class TrialState(Enum):
    """How a trial ended."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The run of one point. `number` counts from 0.

    `run_id` and `spec_hash` are "" if the specification is refused. `reason` is one of
    the contract's and `message` a sentence, both "" for a trial that succeeded; only that
    has `outcomes`, one a metric kept: its value, or why there is none.
    """

    number: int
    values: Values
    run_id: str
    spec_hash: str
    state: TrialState
    reason: str = ""
    message: str = ""
    outcomes: tuple[Outcome, ...] = ()
    feasible: bool = False

    def metrics_digest(self, metric_ids: Sequence[str]) -> str:
        """Returns the digest over the run and its metrics; "" without any.

        docs/specs/sweeps.md section 5.
        """
        if not self.outcomes:
            return ""
        whole = hashlib.sha256(b"aurelius.trial.v1\n" + self.run_id.encode() + b"\n")
        for name, outcome in zip(metric_ids, self.outcomes, strict=True):
            if isinstance(outcome, str):
                whole.update(name.encode() + b"\n" + _CANONICAL_NAN + outcome.encode() + b"\n")
            else:
                whole.update(name.encode() + b"\n" + struct.pack("<d", outcome) + b"\n")
        return "sha256:" + whole.hexdigest()


def trials_table(
    parameters: Sequence[Parameter],
    metric_ids: Sequence[str],
    trials: Sequence[Trial],
) -> Table:
    """Returns the table of trials, one a row, in the order of their numbers.

    Args:
        parameters: Each makes a column `parameter.PATH`.
        metric_ids: Each makes columns `metric.ID`, NaN where there is no value, and
            `undefined.ID`, why there is none. The objective's is the first.
        trials: All of the sweep.
    """
    columns = [
        _ints("trial", [trial.number for trial in trials]),
        string_column("run", [trial.run_id and f"runs/{trial.run_id}" for trial in trials]),
        string_column("spec_hash", [trial.spec_hash for trial in trials]),
        string_column("state", [trial.state.value for trial in trials]),
        string_column("reason", [trial.reason for trial in trials]),
        string_column("message", [trial.message for trial in trials]),
    ]
    for place, parameter in enumerate(parameters):
        columns.append(_parameter_column(parameter, [trial.values[place] for trial in trials]))
    nothing = ("",) * len(metric_ids)
    rows = [trial.outcomes or nothing for trial in trials]
    columns.append(_floats("objective", [_value(row[0]) for row in rows]))
    columns.append(_ints("feasible", [int(trial.feasible) for trial in trials]))
    for place, name in enumerate(metric_ids):
        columns.append(_floats(f"metric.{name}", [_value(row[place]) for row in rows]))
        columns.append(string_column(f"undefined.{name}", [_reason(row[place]) for row in rows]))
    digests = [trial.metrics_digest(metric_ids) for trial in trials]
    columns.append(string_column("metrics_digest", digests))
    return tuple(columns)


def trial_of(
    table: Table, parameters: Sequence[Parameter], metric_ids: Sequence[str], row: int
) -> Trial:
    """Returns the trial of a row; of what `trials_table` made, that which it was made of."""
    columns = {column.name: column for column in table}
    state = TrialState(_cell(columns["state"], row))
    outcomes: list[Outcome] = []
    for name in metric_ids:
        reason = str(_cell(columns[f"undefined.{name}"], row))
        value = float(columns[f"metric.{name}"].data[row])
        outcomes.append(reason or value)
    return Trial(
        number=int(columns["trial"].data[row]),
        values=tuple(
            _parameter_value(parameter, _cell(columns[f"parameter.{parameter.path}"], row))
            for parameter in parameters
        ),
        run_id=str(_cell(columns["run"], row)).removeprefix("runs/"),
        spec_hash=str(_cell(columns["spec_hash"], row)),
        state=state,
        reason=str(_cell(columns["reason"], row)),
        message=str(_cell(columns["message"], row)),
        outcomes=tuple(outcomes) if state is TrialState.SUCCEEDED else (),
        feasible=bool(columns["feasible"].data[row]),
    )


def values_of(table: Table, parameters: Sequence[Parameter]) -> list[Values]:
    """Returns the values of all trials, as `trial_of` has them, a column at a time."""
    columns = {column.name: column for column in table}
    found: list[list[Json]] = []
    for parameter in parameters:
        column = columns[f"parameter.{parameter.path}"]
        if column.values is None:
            found.append(column.data.tolist())
        else:
            texts = [json.loads(text) for text in column.values]
            found.append([texts[code] for code in column.data.tolist()])
    if not found:
        return [()] * len(table[0].data)
    return list(zip(*found, strict=True))


def counts_of(trials: Sequence[Trial]) -> Mapping[TrialState, int]:
    """Returns how many trials ended in each state."""
    counts = dict.fromkeys(TrialState, 0)
    for trial in trials:
        counts[trial.state] += 1
    return counts


def _value(outcome: Outcome) -> float:
    return float("nan") if isinstance(outcome, str) else outcome


def _reason(outcome: Outcome) -> str:
    return outcome if isinstance(outcome, str) else ""


def _ints(name: str, values: list[int]) -> Column:
    return Column(name=name, data=np.array(values, dtype=np.int64))


def _floats(name: str, values: list[float]) -> Column:
    return Column(name=name, data=np.array(values, dtype=np.float64))


def _parameter_column(parameter: Parameter, values: list[Json]) -> Column:
    """Whole numbers, numbers, or the canonical JSON of what a list has."""
    name, domain = f"parameter.{parameter.path}", parameter.domain
    if isinstance(domain, IntRange):
        return _ints(name, values)  # type: ignore[arg-type]
    if isinstance(domain, FloatSteps | FloatParts):
        return _floats(name, values)  # type: ignore[arg-type]
    return string_column(name, [canonical_json(value).decode() for value in values])


def _parameter_value(parameter: Parameter, cell: Json) -> Json:
    domain = parameter.domain
    if isinstance(domain, IntRange | FloatSteps | FloatParts):
        return cell
    listed = (domain.value(index) for index in range(domain.count))
    return next(value for value in listed if canonical_json(value).decode() == cell)


def _cell(column: Column, row: int) -> Json:
    value: Json = column.data[row].item()
    return column.values[int(column.data[row])] if column.values is not None else value
