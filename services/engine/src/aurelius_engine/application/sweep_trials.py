"""The trials of sweeps that succeeded, read with their digest checked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from aurelius_engine.application.errors import ObjectDamaged, SweepNotFound, SweepNotSucceeded
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.sweep_records import Sweep, SweepOutcome
from aurelius_engine.application.sweep_search import TrialSpecs
from aurelius_engine.application.sweeps import Sweeps
from aurelius_engine.application.table_files import ExportFormat, TableFiles
from aurelius_engine.domain.sweeps.plan import plan_from_document
from aurelius_engine.domain.sweeps.trials import Table, Trial, trial_of
from aurelius_engine.domain.table_hash import table_hash


class SweepTrials:
    """Reads the tables of trials."""

    def __init__(
        self,
        sweeps: Sweeps,
        objects: ObjectStore,
        files: TableFiles,
        *,
        known_metrics: Sequence[str],
        specs: Callable[[Mapping[str, Any]], TrialSpecs],
    ) -> None:
        """Takes the sweeps, where bytes are, and what makes the specifications of points."""
        self._sweeps, self._objects, self._files = sweeps, objects, files
        self._known_metrics, self._specs = known_metrics, specs

    def trial(self, name: str) -> tuple[Sweep, Trial, Mapping[str, Any] | None]:
        """Returns a trial with its sweep, and its specification unless that is refused.

        Raises:
            SweepNotFound: There is no such trial.
            SweepNotSucceeded: The sweep has no trials.
            ObjectDamaged: The stored bytes fail their digest.
        """
        sweep_name, _, number = name.partition("/trials/")
        sweep, outcome = self._succeeded(sweep_name)
        if int(number) >= outcome.trial_count:
            raise SweepNotFound(
                f"{sweep_name} has {outcome.trial_count} trials",
                found=number,
                allowed=f"0..{outcome.trial_count - 1}",
            )
        _, table = self._verified(sweep, outcome)
        plan = plan_from_document(sweep.document, self._known_metrics)
        trial = trial_of(table, plan.space.parameters, plan.metric_ids, int(number))
        document = None
        if trial.spec_hash:
            document = self._specs(sweep.document).document(trial.values)
        return sweep, trial, document

    def table(self, name: str) -> Table:
        """Returns the table of trials, verified.

        Raises:
            SweepNotFound, SweepNotSucceeded: There is no such table.
            ObjectDamaged: The stored bytes fail their digest.
        """
        _, table = self._verified(*self._succeeded(name))
        return table

    def export(self, name: str, export_format: ExportFormat) -> Iterator[bytes]:
        """Returns the parts of the table in a format; its bytes are verified before the first.

        Raises:
            SweepNotFound, SweepNotSucceeded: There is no such table.
            ObjectDamaged: The stored bytes fail their digest.
        """
        sweep, outcome = self._succeeded(name)
        data, table = self._verified(sweep, outcome)
        if export_format is ExportFormat.ARROW:
            return iter((data,))
        return self._files.export(table, export_format)

    def _succeeded(self, name: str) -> tuple[Sweep, SweepOutcome]:
        sweep = self._sweeps.get(name)
        if sweep.outcome is None:
            raise SweepNotSucceeded(
                f"{name} is {sweep.state.value}, only a sweep that succeeded has trials",
                found=sweep.state.value,
                allowed="SUCCEEDED",
            )
        return sweep, sweep.outcome

    def _verified(self, sweep: Sweep, outcome: SweepOutcome) -> tuple[bytes, Table]:
        data = self._objects.get(outcome.object_digest)
        table = self._files.decode(data)
        found = table_hash(table)
        if found != outcome.trials_digest:
            raise ObjectDamaged(
                f"the trials of {sweep.name} have another digest",
                found=found,
                allowed=outcome.trials_digest,
            )
        return data, table
