"""Validations: each the job of one study, its tables stored and read with digests checked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from aurelius_engine.application.announcements import Announcements
from aurelius_engine.application.backtests import Computing
from aurelius_engine.application.dataset_quality import DatasetQuality
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import (
    ObjectDamaged,
    ValidationNotFound,
    ValidationNotSucceeded,
)
from aurelius_engine.application.job_records import VALIDATION, Progress
from aurelius_engine.application.job_store import JobStore
from aurelius_engine.application.jobs import Jobs, Live
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.application.records import Dataset
from aurelius_engine.application.searching import Searching
from aurelius_engine.application.studies import studied
from aurelius_engine.application.study_runs import Setting
from aurelius_engine.application.table_files import ExportFormat, TableFiles
from aurelius_engine.application.validation_records import (
    StoredTable,
    Validation,
    ValidationOutcome,
)
from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.table_hash import table_hash
from aurelius_engine.domain.validation.findings import Findings, Table, result_digest
from aurelius_engine.domain.validation.superiority import SuperiorityTest

_Live = Live[Progress]


class Validations(Jobs[Progress, ValidationOutcome]):
    """Computes the study of a validation once, whoever asks and how often."""

    def __init__(
        self,
        store: JobStore[Validation],
        objects: ObjectStore,
        files: TableFiles,
        *,
        datasets: Datasets,
        quality: DatasetQuality,
        computing: Computing,
        searching: Searching,
        superiority: SuperiorityTest,
        plugins: Plugins,
        announcements: Announcements,
        clock: Callable[[], int],
    ) -> None:
        """Takes the ports, and a clock in ns since 1970."""
        super().__init__(
            VALIDATION,
            store,
            computing=computing,
            announcements=announcements,
            log=searching.log,
            not_found=ValidationNotFound,
            clock=clock,
        )
        self._objects, self._files, self._datasets = objects, files, datasets
        self._searching, self._plugins, self._quality = searching, plugins, quality
        self._superiority = superiority

    def create(
        self, *, document: Mapping[str, Any], dataset_name: str, seed: int, caller: str
    ) -> Validation:
        """Accepts a validation, or returns the one that the identity has.

        Raises:
            DatasetNotFound, ObjectDamaged: The data is not there.
            EngineError: The specification is refused, or its base does not fit the data.
            EngineBusy: The queue is full.
        """
        dataset = self._datasets.get(dataset_name)
        self._searching.refuse_unfit(document["base"], dataset)

        def work(validation: Validation, live: _Live) -> tuple[ValidationOutcome, Progress]:
            findings = self._found(validation, dataset, live)
            if live.stop.is_set():
                raise RunCancelled("a caller cancelled the validation")
            done = max(live.progress.total_count, live.progress.done_count)
            return self._stored(findings), replace(live.progress, done_count=done, total_count=done)

        return self.submit(
            document,
            dataset,
            seed,
            caller,
            progress=Progress(done_count=0, total_count=0),
            work=work,
        )

    def table(self, name: str) -> Table:
        """Returns one table of a result, verified.

        Raises:
            ValidationNotFound, ValidationNotSucceeded: There is no such table.
            ObjectDamaged: The stored bytes fail their digest.
        """
        _, table = self._verified(name)
        return table

    def export(self, name: str, export_format: ExportFormat) -> Iterator[bytes]:
        """Returns the parts of a table in a format; its bytes are verified before the first.

        Raises:
            ValidationNotFound, ValidationNotSucceeded: There is no such table.
            ObjectDamaged: The stored bytes fail their digest.
        """
        data, table = self._verified(name)
        if export_format is ExportFormat.ARROW:
            return iter((data,))
        return self._files.export(table, export_format)

    def _found(self, validation: Validation, dataset: Dataset, live: _Live) -> Findings:
        computing = self._computing

        def report(done: int, total: int) -> None:
            progress = Progress(done_count=done, total_count=total)
            self._report(validation.name, live, progress)

        setting = Setting(
            base=validation.document["base"],
            table=self._datasets.table(dataset),
            data_hash=dataset.data_hash,
            calendars=computing.calendars,
            seed=validation.identity.seed,
            engine_version=computing.engine_version,
            plugins=self._plugins,
            searching=self._searching,
            superiority=self._superiority,
            reason_of=computing.reason_of,
            should_stop=live.stop.is_set,
        )
        data = {**dataset.provenance.document, "qualityReport": self._quality.document(dataset)}
        return studied(validation.document, setting, data=data, report=report)

    def _stored(self, findings: Findings) -> ValidationOutcome:
        """Stores the tables, and says what was found."""
        stored = []
        for name, table in findings.all_tables().items():
            data = self._files.encode(table)
            stored.append(
                StoredTable(
                    id=name,
                    digest=table_hash(table),
                    row_count=len(table[0].data),
                    size_bytes=len(data),
                    object_digest=self._objects.put(data),
                )
            )
        return ValidationOutcome(
            digest=result_digest({table.id: table.digest for table in stored}),
            tables=tuple(stored),
            statistics=tuple(findings.statistics),
            checks=tuple(findings.ordered_checks()),
            passed=findings.passed,
            execution_count=findings.execution_count,
        )

    def _verified(self, name: str) -> tuple[bytes, Table]:
        validation_name, _, table_id = name.partition("/tables/")
        validation = self.get(validation_name)
        if validation.outcome is None:
            raise ValidationNotSucceeded(
                f"{validation_name} is {validation.state.value}, "
                "only a validation that succeeded has tables",
                found=validation.state.value,
                allowed="SUCCEEDED",
            )
        stored = {table.id: table for table in validation.outcome.tables}
        if table_id not in stored:
            raise ValidationNotFound(
                f"{validation_name} has no table {table_id}",
                found=table_id,
                allowed=", ".join(stored),
            )
        data = self._objects.get(stored[table_id].object_digest)
        table = self._files.decode(data)
        found = table_hash(table)
        if found != stored[table_id].digest:
            raise ObjectDamaged(
                f"the content of {name} has another digest",
                found=found,
                allowed=stored[table_id].digest,
            )
        return data, table
