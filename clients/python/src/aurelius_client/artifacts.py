"""Artifacts: the tables of sealed runs, hashed again after every transfer."""

import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pyarrow as pa
from google.api import httpbody_pb2

from aurelius.engine.v1 import artifact_service_pb2 as pb
from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from aurelius_client.backtests import sealed
from aurelius_client.calls import pages
from aurelius_client.errors import DataLoss, DigestMismatch, NotFound
from aurelius_client.identities import check_result
from aurelius_client.modes import M, Resource, listing, operation
from aurelius_client.refused_files import unwritable
from aurelius_client.table_digests import plain_table, table_digest
from aurelius_client.table_files import TableFormat, read_file


class Artifacts(Resource[M]):
    """The tables of sealed runs."""

    @listing
    def list(self, run: str, *, page_size: int = 0) -> AsyncIterator[pb.Artifact]:
        """Lists the artifacts of a sealed run, `runs/{run}`, by id."""
        request = pb.ListArtifactsRequest(parent=run, page_size=page_size)
        return pages(self._calls, request, pb.ListArtifactsResponse, "artifacts")

    @operation
    async def read(self, name: str, *, digest: str | None = None) -> pa.Table:
        """Reads one artifact, `runs/{run}/artifacts/{artifact}`, and hashes it.

        A transfer that breaks off goes on where it ended.

        Args:
            name: The artifact.
            digest: What it must hash to. Absent means the digest that the run's result
                states, after the result itself was checked.

        Raises:
            DigestMismatch: It hashes to something else.
            AureliusError: It cannot be read.
        """
        return await self._read(name, digest)

    @operation
    async def download(
        self, name: str, path: str | Path, *, format: TableFormat, digest: str | None = None
    ) -> Path:
        """Downloads one artifact as a file, the bytes that every door gives, and returns its path.

        The file is read back and hashed before it takes its place: it is whole or absent.

        Args:
            name: The artifact.
            path: Where the file goes.
            format: Its format.
            digest: As in `read`.

        Raises:
            DigestMismatch: The table or the file hashes to something else.
            InvalidInput: The file cannot be written.
            AureliusError: It cannot be downloaded.
        """
        expected = digest if digest is not None else await self._stated_digest(name)
        table = await self._read(name, expected)
        request = pb.DownloadArtifactRequest(name=name, format=format.wire)
        pieces = await self._calls.whole(request, httpbody_pb2.HttpBody)
        content = b"".join(piece.data for piece in pieces)
        computed = table_digest(read_file(name, content, format, table.schema))
        if computed != expected:
            raise DigestMismatch(f"{name} as {format.value}", expected=expected, computed=computed)
        return write_whole(Path(path), content)

    async def _read(self, name: str, digest: str | None) -> pa.Table:
        expected = digest if digest is not None else await self._stated_digest(name)
        content = await self._bytes(name)
        table = read_file(name, content, TableFormat.ARROW, pa.schema([]))
        computed = table_digest(table)
        if computed != expected:
            raise DigestMismatch(name, expected=expected, computed=computed)
        return plain_table(table)

    async def _bytes(self, name: str) -> bytes:
        content = bytearray()

        def goes_on() -> pb.ReadArtifactRequest:
            return pb.ReadArtifactRequest(name=name, offset=len(content))

        def ends(message: pb.ReadArtifactResponse) -> bool:
            return message.end_of_artifact

        stream = self._calls.stream(goes_on, pb.ReadArtifactResponse, ends)
        async with aclosing(stream) as messages:
            async for message in messages:
                content += message.data
                if message.next_offset != len(content):
                    raise DataLoss(
                        "ARTIFACT_CUT",
                        f"bytes of {name} are missing",
                        found=str(len(content)),
                        allowed=str(message.next_offset),
                    )
        return bytes(content)

    async def _stated_digest(self, name: str) -> str:
        run, _, artifact_id = name.partition("/artifacts/")
        request = backtest_service_pb2.GetBacktestRequest(name=run)
        found = sealed(await self._calls.call(request, backtest_pb2.Backtest))
        check_result(found.result)
        if found.result.run != run:
            raise DigestMismatch("the run's name", expected=run, computed=found.result.run)
        digests = {entry.artifact_id: entry.digest for entry in found.result.artifact_digests}
        if artifact_id not in digests:
            raise NotFound(
                "ARTIFACT_NOT_FOUND",
                f"{run} has no such artifact",
                found=artifact_id or "nothing",
                allowed=", ".join(digests),
            )
        return digests[artifact_id]


def write_whole(path: Path, content: bytes) -> Path:
    """Writes beside the final place and then moves the file there.

    Raises:
        InvalidInput: It cannot be written.
    """
    try:
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from error
    return path
