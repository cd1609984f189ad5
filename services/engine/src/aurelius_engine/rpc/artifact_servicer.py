"""ArtifactService: each RPC translates and decides nothing."""

from collections.abc import Iterable, Iterator

import grpc
from google.api import httpbody_pb2

from aurelius.engine.v1 import artifact_service_pb2, artifact_service_pb2_grpc
from aurelius_chassis import page_tokens
from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_engine.application.artifacts import Artifacts
from aurelius_engine.rpc import record_mapping as mapping

Context = grpc.ServicerContext
MESSAGE_MAX_BYTES = 1024 * 1024


class ArtifactServicer(artifact_service_pb2_grpc.ArtifactServiceServicer):
    """Serves ArtifactService."""

    def __init__(self, artifacts: Artifacts) -> None:
        """Takes the use case."""
        self._artifacts = artifacts

    def ListArtifacts(
        self, request: artifact_service_pb2.ListArtifactsRequest, context: Context
    ) -> artifact_service_pb2.ListArtifactsResponse:
        """Lists the artifacts of a run."""
        size = page_tokens.page_size(request.page_size)
        after = ""
        if request.page_token:
            after = page_tokens.decode(request.page_token, request, {"after": str})["after"]
        found = [item for item in self._artifacts.list(request.parent) if item.id > after]
        token = ""
        if len(found) > size:
            token = page_tokens.encode({"after": found[size - 1].id}, request)
        return artifact_service_pb2.ListArtifactsResponse(
            artifacts=[mapping.artifact_to_proto(artifact) for artifact in found[:size]],
            next_page_token=token,
        )

    def ReadArtifact(
        self, request: artifact_service_pb2.ReadArtifactRequest, context: Context
    ) -> Iterator[artifact_service_pb2.ReadArtifactResponse]:
        """Reads an artifact from an offset on; the last message says that it is."""
        content = self._artifacts.content(request.name)
        if request.offset > len(content):
            allowed = f"0..{len(content)}"
            raise RequestRefused(
                grpc.StatusCode.INVALID_ARGUMENT,
                "ERROR_REASON_INVALID_FIELD",
                f"offset is {request.offset}, allowed {allowed}",
                violations=[FieldViolation("offset", f"allowed {allowed}")],
                found=request.offset,
                allowed=allowed,
            )
        begin = request.offset
        while True:
            end = min(begin + MESSAGE_MAX_BYTES, len(content))
            yield artifact_service_pb2.ReadArtifactResponse(
                data=content[begin:end],
                next_offset=end,
                end_of_artifact=end == len(content),
            )
            if end == len(content):
                return
            begin = end

    def DownloadArtifact(
        self, request: artifact_service_pb2.DownloadArtifactRequest, context: Context
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """Downloads an artifact in a format."""
        export_format, content_type = mapping.DOWNLOAD_FORMATS[request.format]
        for data in cut(self._artifacts.export(request.name, export_format)):
            yield httpbody_pb2.HttpBody(content_type=content_type, data=data)


def cut(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Returns the same bytes in pieces of MESSAGE_MAX_BYTES, the last one shorter."""
    held = bytearray()
    for part in parts:
        held += part
        while len(held) >= MESSAGE_MAX_BYTES:
            yield bytes(held[:MESSAGE_MAX_BYTES])
            del held[:MESSAGE_MAX_BYTES]
    if held:
        yield bytes(held)
