"""Sweeps: created, watched, cancelled, and their tables of trials hashed after every transfer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow as pa
from google.api import httpbody_pb2

from aurelius.engine.v1 import optimization_service_pb2 as pb
from aurelius.engine.v1 import sweep_pb2
from aurelius_client.artifacts import write_whole
from aurelius_client.calls import pages
from aurelius_client.errors import DigestMismatch, Internal, SweepNotSucceeded
from aurelius_client.modes import M, Resource, listing, operation
from aurelius_client.table_digests import plain_table, table_digest
from aurelius_client.table_files import TableFormat, read_file
from aurelius_client.watches import last_of, watched

Sweep = sweep_pb2.Sweep


class Sweeps(Resource[M]):
    """One search of a space of specifications; submitting one twice is one sweep."""

    @operation
    async def create(self, spec: sweep_pb2.SweepSpec, dataset: str, *, seed: int = 0) -> Sweep:
        """Creates a sweep, or finds the one that exists, and returns at once.

        Args:
            spec: What to search; defaults may be absent.
            dataset: `datasets/{dataset}`.
            seed: Of the sampler and of each trial, in [0, 2**64).
        """
        return await self._create(spec, dataset, seed)

    @operation
    async def get(self, name: str) -> Sweep:
        """Gets one sweep, `sweeps/{sweep}`.

        Raises:
            NotFound: There is none.
        """
        return await self._calls.call(pb.GetSweepRequest(name=name), Sweep)

    @listing
    def list(self, *, dataset: str = "", page_size: int = 0) -> AsyncIterator[Sweep]:
        """Lists sweeps without their specifications, newest first, by pages as they are used.

        Args:
            dataset: Only sweeps of this dataset; empty for all.
            page_size: Sweeps a page; 0 leaves it to the server.
        """
        request = pb.ListSweepsRequest(dataset=dataset, page_size=page_size)
        return pages(self._calls, request, pb.ListSweepsResponse, "sweeps")

    @listing
    def watch(self, name: str) -> AsyncIterator[Sweep]:
        """Yields the sweep now and as it goes on, up to its terminal state."""
        return self._watch(name)

    @operation
    async def cancel(self, name: str) -> Sweep:
        """Cancels a running sweep; one that ended stays as it is."""
        return await self._calls.call(pb.CancelSweepRequest(name=name), Sweep)

    @operation
    async def run(self, spec: sweep_pb2.SweepSpec, dataset: str, *, seed: int = 0) -> Sweep:
        """Creates a sweep, waits for its end and returns it with its result.

        Raises:
            SweepNotSucceeded: It ended without trials.
            AureliusError: It was refused.
        """
        created = await self._create(spec, dataset, seed)
        if not is_terminal(created):
            created = await last_of(self._watch(created.name), created)
        return succeeded(created)

    @operation
    async def trial(self, name: str) -> sweep_pb2.SweepTrial:
        """Gets one trial, `sweeps/{sweep}/trials/{trial}`, with the specification of its run."""
        return await self._calls.call(pb.GetSweepTrialRequest(name=name), sweep_pb2.SweepTrial)

    @operation
    async def trials(self, name: str) -> pa.Table:
        """Reads the table of trials of a sweep, `sweeps/{sweep}`, and hashes it.

        Raises:
            DigestMismatch: It is not the one that the sweep states.
            SweepNotSucceeded: It has none.
        """
        _, table = await self._downloaded(name, TableFormat.ARROW, None)
        return plain_table(table)

    @operation
    async def download(self, name: str, path: str | Path, *, format: TableFormat) -> Path:
        """Downloads the table of trials as a file and returns its path.

        The file is read back and hashed before it takes its place: it is whole or absent.

        Args:
            name: The sweep.
            path: Where the file goes.
            format: Its format.

        Raises:
            DigestMismatch: It is not the table that the sweep states.
            InvalidInput: The file cannot be written.
        """
        content, table = await self._downloaded(name, TableFormat.ARROW, None)
        if format is not TableFormat.ARROW:
            content, _ = await self._downloaded(name, format, table.schema)
        return write_whole(Path(path), content)

    async def _create(self, spec: sweep_pb2.SweepSpec, dataset: str, seed: int) -> Sweep:
        request = pb.CreateSweepRequest(spec=spec, dataset=dataset, seed=seed)
        return await self._calls.call(request, Sweep)

    async def _downloaded(
        self, name: str, table_format: TableFormat, schema: pa.Schema | None
    ) -> tuple[bytes, pa.Table]:
        stated = succeeded(await self._calls.call(pb.GetSweepRequest(name=name), Sweep))
        request = pb.DownloadSweepTrialsRequest(name=name, format=table_format.wire)
        pieces = await self._calls.whole(request, httpbody_pb2.HttpBody)
        content = b"".join(piece.data for piece in pieces)
        table = read_file(name, content, table_format, schema or pa.schema([]))
        computed = table_digest(table)
        expected = stated.result.trials_digest
        if computed != expected:
            raise DigestMismatch(f"the trials of {name}", expected=expected, computed=computed)
        return content, table

    def _watch(self, name: str) -> AsyncIterator[Sweep]:
        return watched(
            self._calls,
            watch=pb.WatchSweepRequest(name=name),
            answer_type=pb.WatchSweepResponse,
            field="sweep",
            get=pb.GetSweepRequest(name=name),
            resource_type=Sweep,
            is_terminal=is_terminal,
        )


def is_terminal(sweep: Sweep) -> bool:
    """Whether a sweep ended.

    Raises:
        Internal: The server sent no state.
    """
    if sweep.state == Sweep.STATE_UNSPECIFIED:
        raise Internal("ANSWER_MALFORMED", f"{sweep.name or 'the sweep'} has no state")
    return sweep.state != Sweep.STATE_RUNNING


def succeeded(sweep: Sweep) -> Sweep:
    """Returns a sweep that has a result.

    Raises:
        SweepNotSucceeded: It ended otherwise, or goes on.
    """
    if sweep.state != Sweep.STATE_SUCCEEDED:
        state = Sweep.State.Name(sweep.state).removeprefix("STATE_")
        raise SweepNotSucceeded(sweep.name, state, sweep.failure.reason, sweep.failure.message)
    return sweep
