"""Validations: created, watched, cancelled, and their tables hashed after every transfer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow as pa
from google.api import httpbody_pb2

from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_service_pb2,
    dataset_pb2,
    dataset_service_pb2,
    validation_pb2,
    validation_studies_pb2,
)
from aurelius.engine.v1 import validation_service_pb2 as pb
from aurelius_client.artifacts import write_whole
from aurelius_client.calls import pages
from aurelius_client.errors import DigestMismatch, Internal, InvalidInput, ValidationNotSucceeded
from aurelius_client.modes import M, Resource, listing, operation
from aurelius_client.rechecks import Recheck, compared, refuse_other_engine, rows_file
from aurelius_client.slices import proven_slice
from aurelius_client.table_digests import plain_table, table_digest
from aurelius_client.table_files import TableFormat, read_file
from aurelius_client.watches import last_of, watched

Validation = validation_pb2.Validation


class Validations(Resource[M]):
    """One study of one specification; submitting one twice is one validation."""

    @operation
    async def create(
        self, spec: validation_pb2.ValidationSpec, dataset: str, *, seed: int = 0
    ) -> Validation:
        """Creates a validation, or finds the one that exists, and returns at once.

        Args:
            spec: What to study; defaults may be absent.
            dataset: `datasets/{dataset}`.
            seed: Of every draw and of each run inside, in [0, 2**64).
        """
        return await self._create(spec, dataset, seed)

    @operation
    async def get(self, name: str) -> Validation:
        """Gets one validation, `validations/{validation}`.

        Raises:
            NotFound: There is none.
        """
        return await self._calls.call(pb.GetValidationRequest(name=name), Validation)

    @listing
    def list(self, *, dataset: str = "", page_size: int = 0) -> AsyncIterator[Validation]:
        """Lists validations without their specifications, newest first, by pages as they are used.

        Args:
            dataset: Only validations of this dataset; empty for all.
            page_size: Validations a page; 0 leaves it to the server.
        """
        request = pb.ListValidationsRequest(dataset=dataset, page_size=page_size)
        return pages(self._calls, request, pb.ListValidationsResponse, "validations")

    @listing
    def watch(self, name: str) -> AsyncIterator[Validation]:
        """Yields the validation now and as it goes on, up to its terminal state."""
        return self._watch(name)

    @operation
    async def cancel(self, name: str) -> Validation:
        """Cancels a running validation; one that ended stays as it is."""
        return await self._calls.call(pb.CancelValidationRequest(name=name), Validation)

    @operation
    async def run(
        self, spec: validation_pb2.ValidationSpec, dataset: str, *, seed: int = 0
    ) -> Validation:
        """Creates a validation, waits for its end and returns it with its result.

        Raises:
            ValidationNotSucceeded: It ended without a result.
            AureliusError: It was refused.
        """
        created = await self._create(spec, dataset, seed)
        if not is_terminal(created):
            created = await last_of(self._watch(created.name), created)
        return succeeded(created)

    @operation
    async def check_run(self, run: str) -> Validation:
        """Checks a run, `runs/{run}`, and returns the report: the study `run_checks` of it.

        The checks are those of the run's own specification, data and seed, under default
        thresholds; a report that exists is found.

        Raises:
            NotFound: There is no such run.
            ValidationNotSucceeded: The study ended without a result.
        """
        found = await self._calls.call(
            backtest_service_pb2.GetBacktestRequest(name=run), backtest_pb2.Backtest
        )
        created = await self._create(run_checks_of(found), found.dataset, found.identity.seed)
        if not is_terminal(created):
            created = await last_of(self._watch(created.name), created)
        return succeeded(created)

    @operation
    async def table(self, name: str) -> pa.Table:
        """Reads one table of a result, `validations/{validation}/tables/{table}`, and hashes it.

        Raises:
            DigestMismatch: It is not the one that the validation states.
            ValidationNotSucceeded: It has none.
        """
        _, table = await self._downloaded(name, TableFormat.ARROW, None)
        return plain_table(table)

    @operation
    async def download(self, name: str, path: str | Path, *, format: TableFormat) -> Path:
        """Downloads one table of a result as a file and returns its path.

        The file is read back and hashed before it takes its place: it is whole or absent.

        Args:
            name: The table.
            path: Where the file goes.
            format: Its format.

        Raises:
            DigestMismatch: It is not the table that the validation states.
            InvalidInput: The file cannot be written.
        """
        content, table = await self._downloaded(name, TableFormat.ARROW, None)
        if format is not TableFormat.ARROW:
            content, _ = await self._downloaded(name, format, table.schema)
        return write_whole(Path(path), content)

    @operation
    async def recheck(self, name: str) -> Recheck:
        """Computes a validation that succeeded again, in this process, and compares.

        The specification, the data and every table are downloaded, and nothing is taken on
        trust but the provenance that people stated. An asynchronous client blocks meanwhile.

        Args:
            name: The validation, `validations/{validation}`.

        Raises:
            ValidationNotSucceeded: It has no result.
            FailedPrecondition: No engine is installed here, or another than computed it.
            ProofInvalid: The data is not what the validation is of.
            AureliusError: Its data may not be read.
        """
        from aurelius_client.cli import local

        request = pb.GetValidationRequest(name=name)
        stated = succeeded(await self._calls.call(request, Validation))
        refuse_other_engine(stated, local.engine_version())
        dataset = await self._calls.call(
            dataset_service_pb2.GetDatasetRequest(name=stated.dataset), dataset_pb2.Dataset
        )
        _, _, rows = await proven_slice(self._calls, {"name": stated.dataset}, stated.data_hash)
        downloaded = {}
        for table in stated.result.tables:
            _, found = await self._fetched(table.name, TableFormat.ARROW, None)
            downloaded[table.name.rpartition("/")[2]] = table_digest(found)
        studied = local.study(stated.spec, rows_file(rows.table), dataset, stated.seed)
        return compared(stated, dataset, downloaded, studied)

    async def _create(
        self, spec: validation_pb2.ValidationSpec, dataset: str, seed: int
    ) -> Validation:
        request = pb.CreateValidationRequest(spec=spec, dataset=dataset, seed=seed)
        return await self._calls.call(request, Validation)

    async def _downloaded(
        self, name: str, table_format: TableFormat, schema: pa.Schema | None
    ) -> tuple[bytes, pa.Table]:
        request = pb.GetValidationRequest(name=name.partition("/tables/")[0])
        stated = succeeded(await self._calls.call(request, Validation))
        expected = {table.name: table.digest for table in stated.result.tables}
        if name not in expected:
            raise InvalidInput(
                "TABLE_UNKNOWN", name, found=name, allowed=", ".join(sorted(expected))
            )
        content, table = await self._fetched(name, table_format, schema)
        computed = table_digest(table)
        if computed != expected[name]:
            raise DigestMismatch(name, expected=expected[name], computed=computed)
        return content, table

    async def _fetched(
        self, name: str, table_format: TableFormat, schema: pa.Schema | None
    ) -> tuple[bytes, pa.Table]:
        download = pb.DownloadValidationTableRequest(name=name, format=table_format.wire)
        pieces = await self._calls.whole(download, httpbody_pb2.HttpBody)
        content = b"".join(piece.data for piece in pieces)
        return content, read_file(name, content, table_format, schema or pa.schema([]))

    def _watch(self, name: str) -> AsyncIterator[Validation]:
        return watched(
            self._calls,
            watch=pb.WatchValidationRequest(name=name),
            answer_type=pb.WatchValidationResponse,
            field="validation",
            get=pb.GetValidationRequest(name=name),
            resource_type=Validation,
            is_terminal=is_terminal,
        )


def run_checks_of(run: backtest_pb2.Backtest) -> validation_pb2.ValidationSpec:
    """Returns the specification of the checks of a run, under default thresholds."""
    return validation_pb2.ValidationSpec(
        base=run.spec, run_checks=validation_studies_pb2.RunChecks()
    )


def is_terminal(validation: Validation) -> bool:
    """Whether a validation ended.

    Raises:
        Internal: The server sent no state.
    """
    if validation.state == Validation.STATE_UNSPECIFIED:
        raise Internal("ANSWER_MALFORMED", f"{validation.name or 'the validation'} has no state")
    return validation.state != Validation.STATE_RUNNING


def succeeded(validation: Validation) -> Validation:
    """Returns a validation that has a result.

    Raises:
        ValidationNotSucceeded: It ended otherwise, or goes on.
    """
    if validation.state != Validation.STATE_SUCCEEDED:
        state = Validation.State.Name(validation.state).removeprefix("STATE_")
        raise ValidationNotSucceeded(
            validation.name, state, validation.failure.reason, validation.failure.message
        )
    return validation
