"""The tables of sealed runs, read with their digests checked."""

from collections.abc import Iterator, Sequence

from aurelius_engine.application.backtests import existing_run
from aurelius_engine.application.errors import ArtifactNotFound, ObjectDamaged, RunNotSealed
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.records import Artifact, RunState
from aurelius_engine.application.table_files import ExportFormat, TableFiles
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.table_hash import table_hash


class Artifacts:
    """Reads the artifacts of sealed runs."""

    def __init__(self, store: RecordStore, objects: ObjectStore, files: TableFiles) -> None:
        """Takes where records and bytes are."""
        self._store, self._objects, self._files = store, objects, files

    def list(self, run_name: str) -> Sequence[Artifact]:
        """Returns the artifacts of a run by id.

        Raises:
            RunNotFound: There is no such run.
            RunNotSealed: It has no result.
        """
        with self._store.read() as records:
            run = existing_run(records, run_name)
            if run.state is not RunState.SEALED:
                raise RunNotSealed(
                    f"{run_name} is {run.state.value}, only a sealed run has artifacts",
                    found=run.state.value,
                    allowed=RunState.SEALED.value,
                )
            return records.artifacts(run.id)

    def content(self, name: str) -> bytes:
        """Returns an artifact as it is stored: an Arrow IPC stream.

        Raises:
            RunNotFound, RunNotSealed, ArtifactNotFound: There is no such artifact.
            ObjectDamaged: The stored bytes fail their digest.
        """
        data, _ = self._verified(name)
        return data

    def table(self, name: str) -> Table:
        """Returns an artifact's table.

        Raises:
            RunNotFound, RunNotSealed, ArtifactNotFound: There is no such artifact.
            ObjectDamaged: The stored bytes fail their digest.
        """
        _, table = self._verified(name)
        return table

    def export(self, name: str, export_format: ExportFormat) -> Iterator[bytes]:
        """Returns the parts of an artifact in a format; the bytes are verified before the first.

        Raises:
            RunNotFound, RunNotSealed, ArtifactNotFound: There is no such artifact.
            ObjectDamaged: The stored bytes fail their digest.
        """
        data, table = self._verified(name)
        if export_format is ExportFormat.ARROW:
            return iter((data,))
        return self._files.export(table, export_format)

    def _verified(self, name: str) -> tuple[bytes, Table]:
        run_name, _, artifact_id = name.partition("/artifacts/")
        artifacts = {artifact.id: artifact for artifact in self.list(run_name)}
        artifact = artifacts.get(artifact_id)
        if artifact is None:
            raise ArtifactNotFound(
                f"{run_name} has no artifact {artifact_id}",
                found=artifact_id,
                allowed=", ".join(artifacts),
            )
        data = self._objects.get(artifact.object_digest)
        table = self._files.decode(data)
        found = table_hash(table)
        if found != artifact.digest:
            raise ObjectDamaged(
                f"the content of {name} has another digest", found=found, allowed=artifact.digest
            )
        return data, table
